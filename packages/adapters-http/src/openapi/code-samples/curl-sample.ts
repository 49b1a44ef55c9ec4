import { type CodeSample, headersOf, type SampleRequest, VARIABLES } from "./sample-request.ts";

export const curlSample = (request: SampleRequest): CodeSample => {
  const { method, path, body } = request;
  const url = `$${VARIABLES.url}${path.replace("{id}", `$${VARIABLES.id(path)}`)}`;
  const headers = headersOf(
    request,
    (before, name) => `${before}$${name}`,
    (value) => value,
  );
  // With a body, curl sends a POST by itself.
  const verb = method === "GET" || (method === "POST" && body) ? "" : `-X ${method} `;
  const lines = [
    `curl -sS ${verb}"${url}"`,
    ...headers.map(([name, value]) => `  -H "${name}: ${value}"`),
    ...(body ? [`  -d '${JSON.stringify(body)}'`] : []),
  ];
  return { lang: "Shell", label: "curl", source: lines.join(" \\\n") };
};
