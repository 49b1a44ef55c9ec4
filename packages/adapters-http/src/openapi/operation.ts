import { PROBLEMS, type ProblemCode } from "../problem/problems.ts";
import type { schemas } from "./schemas.ts";

type SchemaName = keyof typeof schemas;
type Example = Readonly<Record<string, string | number>>;
type Parameter = Readonly<Record<string, unknown>> & { readonly name: string };

export interface OperationOptions {
  readonly id: string;
  readonly tag: "Clients" | "Payments" | "Operations";
  readonly summary: string;
  readonly description?: string;
  readonly security: "apiKey" | "adminToken" | "none";
  readonly parameters?: readonly Parameter[];
  readonly request?: {
    readonly schema: SchemaName;
    readonly required: boolean;
    /** What samples send, and what a form is filled with. */
    readonly example: Example;
  };
  readonly success: {
    readonly status: number;
    readonly schema?: SchemaName;
    readonly headers?: Readonly<Record<string, string>>;
  };
  readonly problems?: readonly ProblemCode[];
}

interface Content {
  readonly [type: string]: { readonly schema: { readonly $ref: string } } | undefined;
}

interface Response {
  readonly description: string;
  readonly headers: Readonly<Record<string, object>>;
  readonly content?: Content;
}

/** An operation of OpenAPI 3.1. */
export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: { readonly "application/json": { readonly schema: object; readonly example: Example } };
  };
  readonly responses: Readonly<Record<string, Response>>;
}

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: SchemaName, type = "application/json"): Content => ({ [type]: { schema: ref(schema) } });
const header = (description: string) => ({ description, schema: { type: "string" } });

const EVERYWHERE: readonly ProblemCode[] = ["too-many-anonymous-requests", "internal-error", "service-unavailable"];
const BY_SECURITY: Readonly<Record<OperationOptions["security"], readonly ProblemCode[]>> = {
  apiKey: [
    "repeated-header",
    "invalid-api-key",
    "not-acceptable",
    "too-many-requests",
    "too-many-failed-authentications",
  ],
  adminToken: [
    "repeated-header",
    "admin-token-missing",
    "invalid-admin-token",
    "admin-role-required",
    "not-acceptable",
    "too-many-failed-authentications",
  ],
  none: [],
};
const WITH_BODY: readonly ProblemCode[] = [
  "malformed-body",
  "invalid-request",
  "request-timeout",
  "body-too-large",
  "unsupported-media-type",
];

/** As draft-ietf-httpapi-ratelimit-headers-10 has them. */
const RATE_LIMIT = header(
  '`"client";r=...;t=...`: about how many requests are left, and in how many seconds the next window begins. Absent where there is no limit.',
);
const RATE_LIMIT_POLICY = header('`"client";q=...;w=...`: the quota of requests in a window of so many seconds.');

/** Problems of one status share an answer: its description lists their codes. */
const problemResponses = (codes: readonly ProblemCode[]): Record<string, Response> => {
  const responses: Record<string, Response> = {};
  for (const status of new Set(codes.map((code) => PROBLEMS[code].status))) {
    const named = codes.filter((code) => PROBLEMS[code].status === status);
    responses[String(status)] = {
      description: named.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(" "),
      headers: {
        "X-Request-Id": header("The id of the request."),
        ...(status === 401 && { "WWW-Authenticate": header("How to authenticate.") }),
        ...(named.includes("too-many-requests") && { "RateLimit-Policy": RATE_LIMIT_POLICY, RateLimit: RATE_LIMIT }),
        ...((status === 429 || status === 503) && { "Retry-After": header("Seconds to wait.") }),
      },
      content: json("Problem", "application/problem+json"),
    };
  }
  return responses;
};

const successResponse = ({ success, security }: OperationOptions): Response => {
  const { status, schema, headers = {} } = success;
  return {
    description: status === 201 ? "Created." : status === 204 ? "Done." : "The answer.",
    headers: {
      "X-Request-Id": header("The id of the request."),
      ...Object.fromEntries(Object.entries(headers).map(([name, description]) => [name, header(description)])),
      ...(security === "apiKey" && { RateLimit: RATE_LIMIT }),
    },
    ...(schema && { content: json(schema) }),
  };
};

/** An operation of OpenAPI 3.1 with every answer that it can give. */
export const operation = (options: OperationOptions): Operation => {
  const { id, tag, summary, description, security, parameters, request, success, problems = [] } = options;
  const codes = [...BY_SECURITY[security], ...(request ? WITH_BODY : []), ...problems, ...EVERYWHERE];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description && { description }),
    security: security === "none" ? [] : [{ [security]: [] }],
    ...(parameters && { parameters }),
    ...(request && {
      requestBody: {
        required: request.required,
        content: { "application/json": { schema: ref(request.schema), example: request.example } },
      },
    }),
    responses: { [success.status]: successResponse(options), ...problemResponses([...new Set(codes)]) },
  };
};
