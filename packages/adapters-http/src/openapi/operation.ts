import { DEFAULT_PAGE_LIMIT, MAXIMUM_IDEMPOTENCY_KEY_LENGTH, MAXIMUM_PAGE_LIMIT } from "@payments/domain";
import { PROBLEMS, type ProblemCode } from "../problem/problem.ts";
import type { Authentication, Example, Route } from "../routing/route.ts";
import { codeSamples } from "./code-samples/code-samples.ts";
import type { CodeSample } from "./code-samples/sample-request.ts";
import { reference } from "./component.ts";

type Parameter = Readonly<Record<string, unknown>> & { readonly name: string };
type Security = "apiKey" | "adminToken" | "none";

interface Reference {
  readonly $ref: string;
}

interface Response {
  readonly description: string;
  readonly headers: Readonly<Record<string, object>>;
  readonly content?: Readonly<
    Record<string, { readonly schema: Reference; readonly examples?: Readonly<Record<string, Reference>> }>
  >;
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
  /** Redoc, Scalar and others show these samples beside the operation. */
  readonly "x-codeSamples": readonly CodeSample[];
}

const SECURITY: Readonly<Record<Authentication, Security>> = {
  client: "apiKey",
  "client-cached": "apiKey",
  admin: "adminToken",
  none: "none",
  "health-check": "none",
};

const ALWAYS: readonly ProblemCode[] = ["internal-error", "service-unavailable"];
const UNLESS_HEALTH_CHECK: readonly ProblemCode[] = ["too-many-anonymous-requests"];
const BY_SECURITY: Readonly<Record<Security, readonly ProblemCode[]>> = {
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

const pathParameter = (name: string): Parameter => ({ name, in: "path", required: true, schema: { type: "string" } });
const PAGE: readonly Parameter[] = [
  {
    name: "limit",
    in: "query",
    schema: { type: "integer", minimum: 1, maximum: MAXIMUM_PAGE_LIMIT, default: DEFAULT_PAGE_LIMIT },
  },
  { name: "after", in: "query", schema: { type: "string" }, description: "`next` of an earlier page." },
  { name: "before", in: "query", schema: { type: "string" }, description: "`previous` of an earlier page." },
];

const header = (description: string) => ({ description, schema: { type: "string" } });
const REQUEST_ID = header("The id of the request.");
/** draft-ietf-httpapi-ratelimit-headers-10. */
const RATE_LIMIT = header(
  '`"client";r=...;t=...`: about how many requests remain, and the seconds until the next window. Absent if there is no limit. A 429 can be about another limit, which the name tells.',
);
const RATE_LIMIT_POLICY = header(
  '`"client";q=...;w=...`: the quota of the limit, and the length of the window in seconds.',
);

const parametersOf = ({
  id,
  child,
  page,
  feed,
  filter = {},
  idempotencyKey,
}: NonNullable<Route["request"]>): Parameter[] => [
  ...(id ? [pathParameter("id")] : []),
  ...(child ? [pathParameter(child.parameter)] : []),
  ...(page ? PAGE : []),
  ...(feed ? PAGE.filter(({ name }) => name !== "before") : []),
  ...Object.entries(filter).map(([name, { schema, description }]) => ({ name, in: "query", schema, description })),
  ...(idempotencyKey === undefined
    ? []
    : [
        {
          name: "Idempotency-Key",
          in: "header",
          schema: { type: "string", minLength: 1, maxLength: MAXIMUM_IDEMPOTENCY_KEY_LENGTH + 2 },
          description: idempotencyKey,
        },
      ]),
];

/** Problems with the same status share one response. Its description lists their codes. */
const problemResponses = (codes: readonly ProblemCode[]): Record<string, Response> => {
  const responses: Record<string, Response> = {};
  for (const status of new Set(codes.map((code) => PROBLEMS[code].status))) {
    const named = codes.filter((code) => PROBLEMS[code].status === status);
    responses[String(status)] = {
      description: named.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(" "),
      headers: {
        "X-Request-Id": REQUEST_ID,
        ...(status === 401 && { "WWW-Authenticate": header("How to authenticate.") }),
        ...(status === 429 && { "RateLimit-Policy": RATE_LIMIT_POLICY, RateLimit: RATE_LIMIT }),
        ...((status === 429 || status === 503) && { "Retry-After": header("Seconds to wait.") }),
      },
      content: {
        "application/problem+json": {
          schema: reference("Problem"),
          examples: Object.fromEntries(named.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
        },
      },
    };
  }
  return responses;
};

const DESCRIPTIONS = { 200: "Success.", 201: "Created.", 204: "Done." } as const;

const successResponse = ({ status, body, headers = {} }: Route["response"], security: Security): Response => ({
  description: DESCRIPTIONS[status],
  headers: {
    "X-Request-Id": REQUEST_ID,
    ...Object.fromEntries(Object.entries(headers).map(([name, description]) => [name, header(description)])),
    ...(security === "apiKey" && { RateLimit: RATE_LIMIT }),
  },
  ...(body && { content: { "application/json": { schema: reference(body.name) } } }),
});

/** The OpenAPI operation of a route, with all of its responses. */
export const operationOf = (route: Route): Operation => {
  const { operationId, tag, summary, description, request = {}, response, problems = [] } = route;
  const security = SECURITY[route.authentication];
  const parameters = parametersOf(request);
  const codes = [
    ...BY_SECURITY[security],
    ...(request.body ? WITH_BODY : []),
    ...problems,
    ...(route.authentication === "health-check" ? [] : UNLESS_HEALTH_CHECK),
    ...ALWAYS,
  ];
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description && { description }),
    security: security === "none" ? [] : [{ [security]: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(request.body && {
      requestBody: {
        required: request.body.required,
        content: {
          "application/json": { schema: reference(request.body.name), example: request.body.example },
        },
      },
    }),
    responses: { [response.status]: successResponse(response, security), ...problemResponses([...new Set(codes)]) },
    "x-codeSamples": codeSamples(route, security),
  };
};
