import { PROBLEMS, Problem, type ProblemCode, problemBody, type RequestFault } from "../problem/problem.ts";

const FAULTS: Partial<Record<ProblemCode, readonly RequestFault[]>> = {
  "invalid-request": [
    { pointer: "/amount", detail: "must be an integer from 1 to 99999999999, in the currency's minor unit" },
  ],
};

export const problemExample = (code: ProblemCode, basePath: string) => {
  const errors = FAULTS[code];
  const problem = new Problem(code, errors && { errors });
  return {
    summary: PROBLEMS[code].title,
    value: problemBody(problem, basePath, "0d5e9a4c-3f0a-4f6e-9f43-0a8a3c1d7b52"),
  };
};

/** The examples under `components` of the OpenAPI document: a response of each problem. */
export const problemExamples = (basePath: string) =>
  Object.fromEntries((Object.keys(PROBLEMS) as ProblemCode[]).map((code) => [code, problemExample(code, basePath)]));
