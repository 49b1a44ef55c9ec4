import type { components, paths } from "./openapi.ts";

type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** Every route of the OpenAPI document, such as `POST /payments/create`. */
export type Route = {
  [Path in keyof paths]: {
    [Verb in Method]: paths[Path][Lowercase<Verb>] extends { responses: unknown } ? `${Verb} ${Path}` : never;
  }[Method];
}[keyof paths];

type Operation<Of extends Route> = Of extends `${infer Verb extends Method} ${infer Path extends keyof paths}`
  ? paths[Path][Lowercase<Verb>]
  : never;

type JsonOf<Response> = Response extends { content: { "application/json": infer Body } } ? Body : undefined;

/** The JSON of the route's successful response, or undefined. */
export type Result<Of extends Route> =
  Operation<Of> extends { responses: infer Responses } ? JsonOf<Responses[keyof Responses]> : never;

/** The JSON of the route's request. */
export type Body<Of extends Route> =
  Operation<Of> extends { requestBody?: { content: { "application/json": infer Json } } } ? Json : undefined;

/** The query parameters of the route. */
export type Query<Of extends Route> =
  Operation<Of> extends { parameters: { query?: infer Parameters } } ? NonNullable<Parameters> : undefined;

export type Client = Result<"PATCH /accounts/{id}">;
/** A client with the last use of its keys. */
export type ClientDetails = Result<"GET /accounts/{id}">;
export type CreatedClient = Result<"POST /accounts">;
export type OnboardingLink = Result<"POST /accounts/{id}/onboarding">;
export type AuditEvent = Result<"GET /audit-events">["data"][number];
export type NewClient = Body<"POST /accounts">;
export type ClientChanges = Body<"PATCH /accounts/{id}">;
export type RotatedApiKey = Result<"POST /accounts/{id}/api-key">;
/** Keeps the known values for completion, and lets code handle those that a later service adds. */
type Open<Known extends string> = Known | (string & {});

/** Later versions of the service may add statuses. */
export type PaymentStatus = Open<Result<"GET /payments/{id}">["status"]>;
export type Payment = Omit<Result<"GET /payments/{id}">, "status"> & { status: PaymentStatus };
/** Amounts are in the currency's minor unit: 1250 is 12.50 EUR, or 1250 JPY. */
export type NewPayment = Omit<Body<"POST /payments/create">, "clientId">;
export type CaptureRequest = NonNullable<Body<"POST /payments/{id}/capture">>;
export type RefundStatus = Open<Result<"GET /refunds/{id}">["status"]>;
export type Refund = Omit<Result<"GET /refunds/{id}">, "status"> & { status: RefundStatus };
export type DisputeStatus = Open<Result<"GET /disputes/{id}">["status"]>;
export type Dispute = Omit<Result<"GET /disputes/{id}">, "status"> & { status: DisputeStatus };
/** `type` tells which object changed. Later versions of the service may add types. */
export type PaymentsEvent = Result<"GET /events">["data"][number];
export type NewRefund = NonNullable<Body<"POST /payments/{id}/refunds">>;
export type WebhookEndpoint = Result<"GET /webhook-endpoints/{id}">;
export type WebhookEndpointWithSecret = Result<"POST /webhook-endpoints">;
export type NewWebhookEndpoint = Body<"POST /webhook-endpoints">;
export type WebhookEndpointChanges = Body<"PATCH /webhook-endpoints/{id}">;
export type WebhookDelivery = Result<"POST /webhook-endpoints/{id}/test">;
export type Me = Result<"GET /me">;
/** A compact JWS. docs/how-to/verify-a-receipt.md describes how to verify it. */
export type Receipt = Result<"GET /payments/{id}/receipt">;
export type Problem = components["schemas"]["Problem"];
/** The problem codes that this version of the SDK knows. Compare codes, not texts. */
export type ProblemCode = Problem["code"];

/** `after` is `next` of an earlier page of the feed. */
export type FeedQuery = Query<"GET /events">;
/** `after` or `before` is a cursor of an earlier page; `limit` is the size of a page. */
export type PageQuery = Query<"GET /disputes">;
/** A page, and which payments the list has. Times are in RFC 3339. */
export type PaymentsQuery = Query<"GET /payments">;
