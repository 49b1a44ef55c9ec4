import type { ApiPromise } from "./api-promise.ts";
import { apiKeyCredential, type ConnectionOptions } from "./connection.ts";
import type { List } from "./list.ts";
import type {
  CaptureRequest,
  Dispute,
  FeedQuery,
  Me,
  NewPayment,
  NewRefund,
  PageQuery,
  Payment,
  PaymentsEvent,
  PaymentsQuery,
  Receipt,
  Refund,
} from "./routes.ts";
import { type CallOptions, Transport } from "./transport.ts";
import { WebhookEndpoints } from "./webhook-endpoints.ts";

export interface PaymentsClientOptions extends ConnectionOptions {
  /** The client's API key. */
  readonly apiKey: string;
}

export interface CreatePaymentOptions extends CallOptions {
  /**
   * Up to 255 visible ASCII characters, new for each payment. Default: a random UUID per call. Set it, for example to an
   * order number, if your program can create the same payment again later, such as after a crash.
   */
  readonly idempotencyKey?: string;
}

export interface ChangePaymentOptions extends CallOptions {
  /**
   * As for a new payment, from which its keys are distinct. A repeated call with the same key changes nothing and returns
   * the result of the first one. Default: a random UUID per call.
   */
  readonly idempotencyKey?: string;
}

/** All attempts of a call carry the same idempotency key, so they may be repeated. */
const repeatable = ({ idempotencyKey = crypto.randomUUID(), ...rest }: ChangePaymentOptions) => ({
  ...rest,
  idempotencyKey,
  repeatable: true,
});

class Payments {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Creates one payment: all attempts carry the same idempotency key. */
  create(payment: NewPayment, options: CreatePaymentOptions = {}): ApiPromise<Payment> {
    return this.#transport.send("POST /payments/create", { ...repeatable(options), body: payment });
  }

  /** Captures all of an authorized payment, or `amount` of it. */
  capture(id: string, request: CaptureRequest = {}, options: ChangePaymentOptions = {}): ApiPromise<Payment> {
    const call = { ...repeatable(options), path: { id }, body: request };
    return this.#transport.send("POST /payments/{id}/capture", call);
  }

  /** Cancels a payment that is not captured. */
  cancel(id: string, options: ChangePaymentOptions = {}): ApiPromise<Payment> {
    return this.#transport.send("POST /payments/{id}/cancel", { ...repeatable(options), path: { id } });
  }

  retrieve(id: string, options: CallOptions = {}): ApiPromise<Payment> {
    return this.#transport.send("GET /payments/{id}", { ...options, path: { id }, repeatable: true });
  }

  /** Signs a receipt of the payment's current state, which anyone can verify offline. */
  retrieveReceipt(id: string, options: CallOptions = {}): ApiPromise<Receipt> {
    return this.#transport.send("GET /payments/{id}/receipt", { ...options, path: { id }, repeatable: true });
  }

  /** The client's own payments, newest first. */
  list(query: PaymentsQuery = {}, options: CallOptions = {}): List<Payment> {
    return this.#transport.list("GET /payments", query, options);
  }
}

class Refunds {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Refunds all that is left of a captured payment, or `amount` of it: once, also if the call is retried. */
  create(paymentId: string, refund: NewRefund = {}, options: ChangePaymentOptions = {}): ApiPromise<Refund> {
    const call = { ...repeatable(options), path: { id: paymentId }, body: refund };
    return this.#transport.send("POST /payments/{id}/refunds", call);
  }

  retrieve(id: string, options: CallOptions = {}): ApiPromise<Refund> {
    return this.#transport.send("GET /refunds/{id}", { ...options, path: { id }, repeatable: true });
  }

  /** A payment's refunds, newest first. */
  list(paymentId: string, query: PageQuery = {}, options: CallOptions = {}): List<Refund> {
    return this.#transport.list("GET /payments/{id}/refunds", query, { ...options, path: { id: paymentId } });
  }
}

class Disputes {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  retrieve(id: string, options: CallOptions = {}): ApiPromise<Dispute> {
    return this.#transport.send("GET /disputes/{id}", { ...options, path: { id }, repeatable: true });
  }

  /** The client's disputes, newest first. */
  list(query: PageQuery = {}, options: CallOptions = {}): List<Dispute> {
    return this.#transport.list("GET /disputes", query, options);
  }
}

class Events {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * The client's events, oldest first, up to the newest. To continue later, iterate over `pages()`, keep `next` of the
   * last page, and pass it as `after`.
   */
  list(query: FeedQuery = {}, options: CallOptions = {}): List<PaymentsEvent> {
    return this.#transport.list("GET /events", query, options);
  }

  /** A payment's events, by sequence. */
  listForPayment(paymentId: string, query: FeedQuery = {}, options: CallOptions = {}): List<PaymentsEvent> {
    return this.#transport.list("GET /payments/{id}/events", query, { ...options, path: { id: paymentId } });
  }
}

/**
 * The API for a client with an API key. After the retries that `ConnectionOptions` allow, a call rejects with
 * ProblemError if the service returned a problem, and with NoResponseError if no usable response arrived.
 */
export class PaymentsClient {
  readonly payments: Payments;
  readonly refunds: Refunds;
  readonly disputes: Disputes;
  readonly events: Events;
  readonly webhookEndpoints: WebhookEndpoints;
  readonly #transport: Transport;

  /** @throws TypeError for an invalid option. */
  constructor(options: PaymentsClientOptions) {
    const credential = apiKeyCredential(options.apiKey);
    this.#transport = new Transport(options, async () => credential);
    this.payments = new Payments(this.#transport);
    this.refunds = new Refunds(this.#transport);
    this.disputes = new Disputes(this.#transport);
    this.events = new Events(this.#transport);
    this.webhookEndpoints = new WebhookEndpoints(this.#transport);
  }

  /** The client that the API key belongs to. */
  me(options: CallOptions = {}): ApiPromise<Me> {
    return this.#transport.send("GET /me", { ...options, repeatable: true });
  }
}
