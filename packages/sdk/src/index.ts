export type { ConnectionOptions } from "./connection-options.ts";
export { isProblem, NoAnswerError, PaymentsError, ProblemError } from "./errors.ts";
export { List, type Page } from "./list.ts";
export { PaymentsAdmin, type PaymentsAdminOptions, type RotateApiKeyOptions } from "./payments-admin.ts";
export { type CreatePaymentOptions, PaymentsClient, type PaymentsClientOptions } from "./payments-client.ts";
export type {
  Account,
  AccountChanges,
  AccountDetails,
  CreatedAccount,
  Me,
  NewAccount,
  NewPayment,
  PageQuery,
  Payment,
  Problem,
  ProblemCode,
  RotatedApiKey,
} from "./routes.ts";
export type { CallOptions } from "./transport.ts";
