import { code, HEAD, table } from "./markdown.mjs";

const WHO = { adminToken: "an admin token (`Authorization: Bearer ...`)", apiKey: "an API key (`x-api-key`)" };

const nameOf = ({ $ref }) => $ref.split("/").at(-1);
const schemaLink = (schema) => `[${nameOf(schema)}](#${nameOf(schema).toLowerCase()})`;

const typeOf = (schema) => {
  if (schema.$ref) return schemaLink(schema);
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.enum) return schema.enum.map(code).join(", ");
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  const from = schema.minimum ?? schema.minLength;
  const to = schema.maximum ?? schema.maxLength;
  const unit = schema.type === "string" ? " characters" : "";
  const range = to === undefined ? "" : `, ${from === undefined ? "up to " : `${from} to `}${to}${unit}`;
  return `${schema.format ?? schema.type ?? "anything"}${range}`;
};

const meaningOf = ({ description = "", default: value }) =>
  [description, value === undefined ? "" : `Default: ${code(JSON.stringify(value))}.`].filter(Boolean).join(" ");

const parameters = (list) =>
  list
    ? `\n${table(
        ["parameter", "in", "type", "meaning"],
        list.map(({ name, in: place, schema, description, required }) => [
          code(name),
          place,
          typeOf(schema),
          [required ? "Required." : "", meaningOf({ ...schema, description })].filter(Boolean).join(" "),
        ]),
      )}\n`
    : "";

const bodyOf = ({ content }) => content["application/json"].schema;

const answerLine = ([status, { content }]) =>
  `Answers **${status}**${content ? ` with ${schemaLink(content["application/json"].schema)}` : ""}.`;

const problemsOf = (responses) => {
  const described = Object.entries(responses).filter(([status]) => !status.startsWith("2"));
  return described.flatMap(([status, { description }]) =>
    [...description.matchAll(/`([a-z-]+)`:/g)].map(([, name]) => `${status} [${code(name)}](errors.md#${name})`),
  );
};

const sample = (operation) => {
  const curl = operation["x-codeSamples"]?.find(({ lang }) => /^(curl|shell)$/i.test(lang));
  if (curl === undefined) return "";
  return `\n\`\`\`sh norun="apps/api/test/code-samples.e2e.test.ts runs it"\n${curl.source.trimEnd()}\n\`\`\`\n`;
};

const operationSection = (path, method, operation) => {
  const [security] = operation.security.flatMap(Object.keys);
  const { requestBody, responses } = operation;
  const success = Object.entries(responses).find(([status]) => status.startsWith("2"));
  return `
### ${operation.summary}

\`${method.toUpperCase()} ${path}\`${security ? `, with ${WHO[security]}` : ", open to anyone"}

${operation.description ? `${operation.description}\n` : ""}${parameters(operation.parameters)}
${requestBody ? `Takes ${schemaLink(bodyOf(requestBody))}${requestBody.required ? "" : ", or no body"}. ` : ""}${answerLine(success)}
${sample(operation)}
Problems: ${problemsOf(responses).join(", ")}
`;
};

const tagSection = (document, tag) => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(tag))
      .map(([method, operation]) => operationSection(path, method, operation)),
  );
  return `\n## ${tag}\n${operations.join("")}`;
};

const schemaSection = ([name, schema]) => `
### ${name}

${schema.description ? `${schema.description}\n\n` : ""}${table(
  ["field", "type", "meaning"],
  Object.entries(schema.properties ?? {}).map(([field, property]) => [
    `${code(field)}${schema.required?.includes(field) ? "" : " (optional)"}`,
    typeOf(property),
    meaningOf(property),
  ]),
)}
`;

/** The page of all routes, from the OpenAPI document. */
export const httpPage = (document) => `${HEAD}
# HTTP

JSON in and out, in UTF-8; times are RFC 3339 in UTC; money is an integer in the currency's minor unit. The running
service shows the same at \`/docs\`, where each route can be tried, and as OpenAPI 3.1 at \`/openapi.json\`. All paths
stand under \`API_BASE_PATH\`. Errors are described [on a page of their own](errors.md).
${document.tags.map(({ name }) => tagSection(document, name)).join("")}
## Schemas
${Object.entries(document.components.schemas).map(schemaSection).join("")}`;
