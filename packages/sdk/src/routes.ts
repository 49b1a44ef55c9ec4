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

type JsonOf<Answer> = Answer extends { content: { "application/json": infer Body } } ? Body : undefined;

/** What the route answers with success: its JSON, or undefined where there is none. */
export type Answer<Of extends Route> =
  Operation<Of> extends { responses: infer Responses } ? JsonOf<Responses[keyof Responses]> : never;

/** What the route takes as its JSON. */
export type Body<Of extends Route> =
  Operation<Of> extends { requestBody?: { content: { "application/json": infer Json } } } ? Json : undefined;

/** What the route takes as its query. */
export type Query<Of extends Route> =
  Operation<Of> extends { parameters: { query?: infer Parameters } } ? NonNullable<Parameters> : undefined;

type Schemas = components["schemas"];

export type Account = Schemas["Account"];
/** An account, and when its keys are used. */
export type AccountDetails = Schemas["AccountDetails"];
export type CreatedAccount = Schemas["CreatedAccount"];
export type RotatedApiKey = Schemas["RotatedApiKey"];
export type Payment = Schemas["Payment"];
export type Me = Schemas["Me"];
export type Problem = Schemas["Problem"];
/** The codes that the service knew when this client was built; decide by them, never by texts. */
export type ProblemCode = Problem["code"];

export type NewAccount = Schemas["CreateAccountRequest"];
export type AccountChanges = Schemas["UpdateAccountRequest"];
/** Amounts are in the currency's minor unit: 1250 is 12.50 EUR, or 1250 JPY. */
export type NewPayment = Omit<Schemas["CreatePaymentRequest"], "clientId">;
/** Where a list begins (`after` or `before`, cursors of an earlier page) and how many items a page has. */
export type PageQuery = Query<"GET /payments">;
