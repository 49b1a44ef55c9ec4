import { objectLiteral } from "./javascript-sample.ts";
import { type CodeSample, type SampleRequest, VARIABLES } from "./sample-request.ts";

const CLIENTS = {
  apiKey: { name: "client", class: "PaymentsClient", option: "apiKey", variable: VARIABLES.apiKey },
  adminToken: { name: "admin", class: "PaymentsAdmin", option: "adminToken", variable: VARIABLES.adminToken },
} as const;

/** With `@payments/sdk`, whose methods are named as the operations; it has none for what needs no credential. */
export const sdkSample = (request: SampleRequest): CodeSample | null => {
  const { operationId, path, security, body, idempotencyKey, answer } = request;
  if (security === "none") return null;
  const client = CLIENTS[security];
  const values = [
    ...(path.includes("{id}") ? [`process.env.${VARIABLES.id(path)}`] : []),
    ...(body ? [objectLiteral(body)] : []),
    ...(idempotencyKey ? [objectLiteral({ idempotencyKey })] : []),
  ];
  const written = values.join(", ").length > 60 ? `\n  ${values.join(",\n  ")},\n` : values.join(", ");
  const call = `${client.name}.${operationId}(${written})`;
  const item = path.endsWith("payments") ? "payment" : "account";
  const use = {
    json: `const answer = await ${call};\nconsole.log(answer);`,
    list: `for await (const ${item} of ${call}) {\n  console.log(${item});\n}`,
    nothing: `await ${call};`,
  };
  const source = [
    `import { ${client.class} } from "@payments/sdk";`,
    "",
    `const ${client.name} = new ${client.class}({`,
    `  baseUrl: process.env.${VARIABLES.url},`,
    `  ${client.option}: process.env.${client.variable},`,
    "});",
    use[answer],
  ];
  return { lang: "JavaScript", label: "JavaScript SDK", source: source.join("\n") };
};
