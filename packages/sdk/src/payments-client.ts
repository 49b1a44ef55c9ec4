import type { ApiPromise } from "./api-promise.ts";
import { apiKeyCredential, type ConnectionOptions } from "./connection.ts";
import type { List } from "./list.ts";
import type { CaptureRequest, Me, NewPayment, NewRefund, PageQuery, Payment, Refund, RefundList } from "./routes.ts";
import { type CallOptions, Transport } from "./transport.ts";

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

class Payments {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Creates one payment: all attempts carry the same idempotency key. */
  create(payment: NewPayment, options: CreatePaymentOptions = {}): ApiPromise<Payment> {
    const { idempotencyKey = crypto.randomUUID(), ...rest } = options;
    return this.#transport.send("POST /payments/create", { ...rest, body: payment, idempotencyKey, repeatable: true });
  }

  /** Captures all of an authorized payment, or `amount` of it. After an unknown outcome, retrieve the payment. */
  capture(id: string, request: CaptureRequest = {}, options: CallOptions = {}): ApiPromise<Payment> {
    const call = { ...options, path: { id }, body: request, repeatable: false };
    return this.#transport.send("POST /payments/{id}/capture", call);
  }

  /** Cancels a payment that is not captured. */
  cancel(id: string, options: CallOptions = {}): ApiPromise<Payment> {
    return this.#transport.send("POST /payments/{id}/cancel", { ...options, path: { id }, repeatable: false });
  }

  retrieve(id: string, options: CallOptions = {}): ApiPromise<Payment> {
    return this.#transport.send("GET /payments/{id}", { ...options, path: { id }, repeatable: true });
  }

  /** The client's own payments, newest first. */
  list(query: PageQuery = {}, options: CallOptions = {}): List<Payment> {
    return this.#transport.list("GET /payments", query, options);
  }
}

class Refunds {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Refunds all that is left of a captured payment, or `amount` of it. It is retried only after a 429: after an unknown
   * outcome, list the payment's refunds before you call again.
   */
  create(paymentId: string, refund: NewRefund = {}, options: CallOptions = {}): ApiPromise<Refund> {
    const call = { ...options, path: { id: paymentId }, body: refund, repeatable: false };
    return this.#transport.send("POST /payments/{id}/refunds", call);
  }

  retrieve(id: string, options: CallOptions = {}): ApiPromise<Refund> {
    return this.#transport.send("GET /refunds/{id}", { ...options, path: { id }, repeatable: true });
  }

  /** A payment's refunds, newest first. */
  list(paymentId: string, options: CallOptions = {}): ApiPromise<RefundList> {
    return this.#transport.send("GET /payments/{id}/refunds", {
      ...options,
      path: { id: paymentId },
      repeatable: true,
    });
  }
}

/**
 * The API for a client with an API key. After the retries that `ConnectionOptions` allow, a call rejects with
 * ProblemError if the service returned a problem, and with NoResponseError if no usable response arrived.
 */
export class PaymentsClient {
  readonly payments: Payments;
  readonly refunds: Refunds;
  readonly #transport: Transport;

  /** @throws TypeError for an invalid option. */
  constructor(options: PaymentsClientOptions) {
    const credential = apiKeyCredential(options.apiKey);
    this.#transport = new Transport(options, async () => credential);
    this.payments = new Payments(this.#transport);
    this.refunds = new Refunds(this.#transport);
  }

  /** The client that the API key belongs to. */
  me(options: CallOptions = {}): ApiPromise<Me> {
    return this.#transport.send("GET /me", { ...options, repeatable: true });
  }
}
