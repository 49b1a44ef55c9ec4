import type { Route } from "../../routing/route.ts";
import { javascriptSample } from "./javascript-sample.ts";
import { pythonSample } from "./python-sample.ts";
import { type CodeSample, headersOf, type SampleRequest, VARIABLES } from "./sample-request.ts";
import { sdkSample } from "./sdk-sample.ts";

const curlSample = (request: SampleRequest): CodeSample => {
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

/** Requests of the route in each language. */
export const codeSamples = (route: Route, security: SampleRequest["security"]): CodeSample[] => {
  const { method, path, sdkMethod, request = {}, response } = route;
  const sample: SampleRequest = {
    method,
    path,
    sdkMethod,
    security,
    idempotencyKey: request.idempotencyKey === undefined ? null : "invoice-42",
    body: request.body?.example ?? null,
    response: response.body === undefined ? "none" : request.page === undefined ? "json" : "list",
  };
  return [curlSample, sdkSample, javascriptSample, pythonSample]
    .map((write) => write(sample))
    .filter((written) => written !== null);
};
