import type { Route } from "../../routing/route.ts";
import { javascriptSample } from "./javascript-sample.ts";
import { pythonSample } from "./python-sample.ts";
import { type CodeSample, headersOf, pathWith, type SampleRequest, VARIABLES } from "./sample-request.ts";
import { sdkSample } from "./sdk-sample.ts";

const curlSample = (request: SampleRequest): CodeSample => {
  const { method, path, body } = request;
  const url = `$${VARIABLES.url}${pathWith(path, (variable) => `$${variable}`)}`;
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

/** The samples run one after the other, and a key belongs to one request. */
const KEYS: Readonly<Record<string, string>> = {
  createPayment: "invoice-42",
  capturePayment: "capture-42",
  cancelPayment: "cancel-42",
  createRefund: "refund-42",
};

/** Requests of the route in each language. */
export const codeSamples = (route: Route, security: SampleRequest["security"]): CodeSample[] => {
  const { method, path, sdkMethod, operationId, request = {}, response } = route;
  const sample: SampleRequest = {
    method,
    path,
    sdkMethod,
    security,
    idempotencyKey: request.idempotencyKey === undefined ? null : (KEYS[operationId] ?? "request-42"),
    body: request.body?.example ?? null,
    response:
      response.body === undefined ? "none" : request.page === undefined && request.feed === undefined ? "json" : "list",
  };
  return [curlSample, sdkSample, javascriptSample, pythonSample]
    .map((write) => write(sample))
    .filter((written) => written !== null);
};
