import { code, HEAD, table } from "./markdown.mjs";

const byStatus = (problems) => Object.entries(problems).sort(([, one], [, other]) => one.status - other.status);

const problem = ([name, { status, title, meaning, remedy }]) => `
### ${name}

${status} ${title}. ${meaning}

**What to do:** ${remedy}
`;

/** The page of all problem codes. */
export const errorsPage = (problems) => `${HEAD}
# Errors

Every error is \`application/problem+json\` (RFC 9457), also those of the parser and of the HTTP server itself:

\`\`\`json norun="it shows the form"
{
  "type": "/docs#invalid-request",
  "title": "Invalid request",
  "status": 400,
  "detail": "Correct the faults in \`errors\`, then send the request again.",
  "code": "invalid-request",
  "requestId": "0d5e9a4c-3f0a-4f6e-9f43-0a8a3c1d7b52",
  "errors": [{ "pointer": "/amount", "detail": "must be an integer from 1 to 99999999999, in the currency's minor unit" }]
}
\`\`\`

Decide by \`code\`: codes never change. \`type\` leads to the same text as below, on the service itself. \`errors\`
names every fault of an invalid request. Tell the operator the \`requestId\`, which is also in the header
\`X-Request-Id\`: it finds the request in the log.

${table(
  ["status", "code"],
  byStatus(problems).map(([name, { status }]) => [status, `[${code(name)}](#${name})`]),
)}

## Codes
${byStatus(problems).map(problem).join("")}`;
