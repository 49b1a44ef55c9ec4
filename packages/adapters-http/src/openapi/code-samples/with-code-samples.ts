import type { Operation } from "../operation.ts";
import { curlSample } from "./curl-sample.ts";
import { javascriptSample } from "./javascript-sample.ts";
import { pythonSample } from "./python-sample.ts";
import type { CodeSample, SampleRequest } from "./sample-request.ts";
import { sdkSample } from "./sdk-sample.ts";

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

const sampleRequest = (method: string, path: string, operation: Operation): SampleRequest => {
  const [security = "none"] = operation.security.flatMap(Object.keys) as ("apiKey" | "adminToken")[];
  const success = Object.entries(operation.responses).find(([status]) => status.startsWith("2"))?.[1];
  const schema = success?.content?.["application/json"]?.schema.$ref;
  const header = operation.parameters?.find(({ name }) => name === "Idempotency-Key");
  return {
    operationId: operation.operationId,
    method: method.toUpperCase(),
    path,
    security,
    idempotencyKey: header ? "invoice-42" : null,
    body: operation.requestBody?.content["application/json"].example ?? null,
    answer: schema === undefined ? "nothing" : schema.endsWith("Page") ? "list" : "json",
  };
};

const samplesOf = (request: SampleRequest): CodeSample[] =>
  [curlSample, sdkSample, javascriptSample, pythonSample]
    .map((write) => write(request))
    .filter((sample) => sample !== null);

/** The same paths with `x-codeSamples`, which Redoc, Scalar and others show beside each operation. */
export const withCodeSamples = (paths: Paths): Paths =>
  Object.fromEntries(
    Object.entries(paths).map(([path, operations]) => [
      path,
      Object.fromEntries(
        Object.entries(operations).map(([method, operation]) => [
          method,
          { ...operation, "x-codeSamples": samplesOf(sampleRequest(method, path, operation)) },
        ]),
      ),
    ]),
  );
