import { objectLiteral } from "./javascript-sample.ts";
import { type CodeSample, idsOf, type SampleRequest, VARIABLES } from "./sample-request.ts";

const CLIENTS = {
  apiKey: { name: "client", class: "PaymentsClient", option: "apiKey", variable: VARIABLES.apiKey },
  adminToken: { name: "admin", class: "PaymentsAdmin", option: "adminToken", variable: VARIABLES.adminToken },
} as const;

/** The name of an item by the last part of the list's path. */
const ITEMS: Readonly<Record<string, string>> = {
  accounts: "client",
  "audit-events": "event",
  payments: "payment",
  refunds: "refund",
  disputes: "dispute",
  events: "event",
  deliveries: "delivery",
  "webhook-endpoints": "endpoint",
};

/** With `@payments/sdk`, which has no method for a route without a credential. */
export const sdkSample = (request: SampleRequest): CodeSample | null => {
  const { path, sdkMethod, security, body, idempotencyKey, response } = request;
  if (security === "none" || sdkMethod === undefined) return null;
  const client = CLIENTS[security];
  const values = [
    ...idsOf(path).map((variable) => `process.env.${variable}`),
    ...(body ? [objectLiteral(body)] : []),
    ...(idempotencyKey ? [objectLiteral({ idempotencyKey })] : []),
  ];
  const written = values.join(", ").length > 60 ? `\n  ${values.join(",\n  ")},\n` : values.join(", ");
  const call = `${client.name}.${sdkMethod}(${written})`;
  const item = ITEMS[path.split("/").at(-1) ?? ""] ?? "item";
  const use = {
    json: `const response = await ${call};\nconsole.log(response);`,
    list: `for await (const ${item} of ${call}) {\n  console.log(${item});\n}`,
    none: `await ${call};`,
  };
  const source = [
    `import { ${client.class} } from "@payments/sdk";`,
    "",
    `const ${client.name} = new ${client.class}({`,
    `  baseUrl: process.env.${VARIABLES.url},`,
    `  ${client.option}: process.env.${client.variable},`,
    "});",
    use[response],
  ];
  return { lang: "JavaScript", label: "JavaScript SDK", source: source.join("\n") };
};
