import type { Route } from "../../routing/route.ts";
import { curlSample } from "./curl-sample.ts";
import { javascriptSample } from "./javascript-sample.ts";
import { pythonSample } from "./python-sample.ts";
import type { CodeSample, SampleRequest } from "./sample-request.ts";
import { sdkSample } from "./sdk-sample.ts";

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
