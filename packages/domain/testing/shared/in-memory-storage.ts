import {
  type AnyOperation,
  type ApiKey,
  type AuditEvent,
  type ChargeHistory,
  type Client,
  type ClientEvent,
  type ClientId,
  type Credentials,
  type Fact,
  type OperationState,
  type Payment,
  type PaymentId,
  type ProcessorReference,
  parseApiKey,
  type StoredApiKey,
  type StoredRefund,
} from "@payments/domain";

export interface StoredClient {
  client: Client;
  credentials: Credentials;
  ended: { readonly key: StoredApiKey; readonly endedAt: Date } | null;
  /** The idempotency key of its creation, and that request. */
  creation: { readonly idempotencyKey: string; readonly request: string } | null;
}

export interface StoredOperation {
  readonly operation: AnyOperation;
  state: OperationState;
  /** In milliseconds since 1970; null: no driver takes it up. */
  leaseEndsAt: number | null;
  processorPayment: ProcessorReference | null;
}

/** The state that the in-memory adapters share, like the tables of one database. */
export class InMemoryStorage {
  readonly clients = new Map<ClientId, StoredClient>();
  readonly auditEvents: AuditEvent[] = [];
  readonly operations: StoredOperation[] = [];
  readonly facts = new Map<PaymentId, Fact[]>();
  readonly refunds: StoredRefund[] = [];
  /** What is stored of a charged payment besides its operations, facts and refunds. */
  readonly charged = new Map<PaymentId, ChargeHistory>();
  /** In the order of the feed. */
  readonly events: ClientEvent[] = [];
  readonly payments: { readonly payment: Payment; readonly idempotencyKey: string | null }[] = [];
}

/** The in-memory adapters store plain keys. */
export const encode = (apiKey: ApiKey): StoredApiKey => apiKey.reveal() as StoredApiKey;

export const hintOf = (key: StoredApiKey): string | null => parseApiKey(key).unwrapOr(null)?.hint ?? null;
