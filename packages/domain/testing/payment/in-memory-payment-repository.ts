import {
  type ClientEvent,
  type ClientId,
  type Clock,
  type CredentialNotCurrent,
  chargeOf,
  creationOf,
  type IdempotencyKey,
  isCurrent,
  MAXIMUM_PAGE_BYTES,
  type Mode,
  type Page,
  type PageRequest,
  type Payment,
  type PaymentFilter,
  type PaymentId,
  type PaymentNotFound,
  type PaymentRepository,
  pageOf,
  type RecordedPayment,
  type StoredApiKey,
} from "@payments/domain";
import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import { utf8Bytes } from "../shared/builders.ts";
import type { InMemoryStorage } from "../shared/in-memory-storage.ts";

const bytesOf = ({ description, metadata }: Payment): number =>
  utf8Bytes(description ?? "") + utf8Bytes(JSON.stringify(metadata));

const withinBytes = (payments: readonly Payment[]): readonly Payment[] => {
  let bytes = 0;
  const over = payments.findIndex((payment, index) => {
    bytes += bytesOf(payment);
    return index > 0 && bytes > MAXIMUM_PAGE_BYTES;
  });
  return over === -1 ? payments : payments.slice(0, over);
};

export class InMemoryPaymentRepository implements PaymentRepository {
  readonly #storage: InMemoryStorage;
  readonly #clock: Clock;

  constructor(storage: InMemoryStorage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  create(
    payment: Payment,
    credential: StoredApiKey,
    idempotencyKey: IdempotencyKey | null,
    mode: Mode,
  ): ResultAsync<RecordedPayment, CredentialNotCurrent> {
    return this.record(payment, credential, idempotencyKey, creationOf(payment, mode));
  }

  /** Also for payments that are charged, whose first event says so. */
  record(
    payment: Payment,
    credential: StoredApiKey,
    idempotencyKey: IdempotencyKey | null,
    creation: ClientEvent,
  ): ResultAsync<RecordedPayment, CredentialNotCurrent> {
    if (!this.#isCurrent(payment.clientId, credential)) return errAsync({ type: "credential-not-current" });
    const earlier = this.#storage.payments.find(
      (stored) =>
        idempotencyKey !== null &&
        stored.idempotencyKey === idempotencyKey &&
        stored.payment.clientId === payment.clientId,
    );
    if (earlier !== undefined) return okAsync({ payment: earlier.payment, replayed: true });
    this.#storage.payments.push({ payment, idempotencyKey });
    this.#storage.events.push(creation);
    return okAsync({ payment, replayed: false });
  }

  find(clientId: ClientId, id: PaymentId): ResultAsync<Payment, PaymentNotFound> {
    const payment = this.#of(clientId).find((candidate) => candidate.id === id);
    return payment === undefined ? errAsync({ type: "payment-not-found" }) : okAsync(payment);
  }

  list(
    clientId: ClientId,
    request: PageRequest<PaymentId>,
    filter: PaymentFilter = {},
  ): ResultAsync<Page<Payment, PaymentId>, never> {
    const { limit, after, before } = request;
    const newestFirst = this.#of(clientId)
      .filter((payment) => this.#matches(payment, filter))
      .sort((one, other) => (one.id < other.id ? 1 : -1));
    const older = newestFirst.filter(({ id }) => after === null || id < after);
    const newer = newestFirst.filter(({ id }) => before !== null && id > before).reverse();
    const found = (before === null ? older : newer).slice(0, limit + 1);
    const fitting = withinBytes(found);
    return okAsync(pageOf(fitting, request, fitting.length > limit || fitting.length < found.length));
  }

  #matches({ id, createdAt }: Payment, filter: PaymentFilter): boolean {
    const { status, idempotencyKey, createdAfter, createdBefore } = filter;
    const history = this.#storage.charged.get(id);
    const stored = history === undefined ? "created" : chargeOf(history).state.status;
    const key = this.#storage.payments.find(({ payment }) => payment.id === id)?.idempotencyKey;
    return (
      (status === undefined || stored === status) &&
      (idempotencyKey === undefined || key === idempotencyKey) &&
      (createdAfter === undefined || createdAt > createdAfter) &&
      (createdBefore === undefined || createdAt < createdBefore)
    );
  }

  #of(clientId: ClientId): Payment[] {
    return this.#storage.payments.map(({ payment }) => payment).filter((payment) => payment.clientId === clientId);
  }

  #isCurrent(clientId: ClientId, credential: StoredApiKey): boolean {
    const stored = this.#storage.clients.get(clientId);
    if (stored?.client.status !== "active") return false;
    return isCurrent(stored.credentials, credential, this.#clock.now());
  }
}
