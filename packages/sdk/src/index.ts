export { ApiPromise, type ResponseInfo, type WithResponse } from "./api-promise.ts";
export type { ConnectionOptions } from "./connection.ts";
export { isProblem, NoResponseError, PaymentsError, ProblemError } from "./errors.ts";
export { List, type Page } from "./list.ts";
export {
  type CreateClientOptions,
  PaymentsAdmin,
  type PaymentsAdminOptions,
  type RotateApiKeyOptions,
} from "./payments-admin.ts";
export { type CreatePaymentOptions, PaymentsClient, type PaymentsClientOptions } from "./payments-client.ts";
export type {
  AuditEvent,
  Client,
  ClientChanges,
  ClientDetails,
  CreatedClient,
  Me,
  NewClient,
  NewPayment,
  PageQuery,
  Payment,
  Problem,
  ProblemCode,
  RotatedApiKey,
} from "./routes.ts";
export type { CallOptions } from "./transport.ts";
