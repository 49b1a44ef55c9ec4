import type { InvalidValue } from "@payments/domain";
import type { Result } from "neverthrow";
import { z } from "zod";
import type { RequestFault } from "../problem/problem.ts";
import type { JsonValue } from "../server/parse-json.ts";

/** Parses the value with a parser of the domain, which defines the rule. */
export const parsedBy = <Input, Output>(
  schema: z.ZodType<Input>,
  parse: (raw: Input) => Result<Output, InvalidValue>,
) =>
  schema.transform((raw, context) => {
    const parsed = parse(raw);
    if (parsed.isOk()) return parsed.value;
    context.addIssue(parsed.error.detail);
    return z.NEVER;
  });

/** RFC 6901, section 3. */
const toPointer = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

const valueAt = (body: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, step) => (Object(value) === value ? Reflect.get(value as object, step) : undefined),
    body,
  );

const EXPECTED: Readonly<Record<string, string>> = {
  object: "a JSON object",
  record: "a JSON object",
  string: "a string",
  number: "a number",
};

/** A body can have thousands of faults. Reporting all of them would block other requests. */
const MAXIMUM_FAULTS = 100;

const faultsOf = (issue: z.core.$ZodIssue, body: unknown): readonly RequestFault[] => {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    return issue.keys
      .slice(0, MAXIMUM_FAULTS)
      .map((key) => ({ pointer: toPointer([...path, key]), detail: "is not a known field" }));
  }
  if (issue.code === "invalid_type") {
    const expected = `must be ${EXPECTED[issue.expected] ?? issue.expected}`;
    const detail = valueAt(body, path) === undefined && path.length > 0 ? `is required and ${expected}` : expected;
    return [{ pointer: toPointer(path), detail }];
  }
  return [{ pointer: toPointer(path), detail: issue.message }];
};

export type Validated<Value> = { readonly value: Value } | { readonly errors: readonly RequestFault[] };

/** The parsed body, or its faults, up to 100. */
export const validate = <Schema extends z.ZodType>(schema: Schema, body: JsonValue): Validated<z.infer<Schema>> => {
  const { success, data, error } = schema.safeParse(body);
  if (success) return { value: data };
  return { errors: error.issues.flatMap((issue) => faultsOf(issue, body)).slice(0, MAXIMUM_FAULTS) };
};
