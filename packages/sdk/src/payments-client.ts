import type { ConnectionOptions } from "./connection-options.ts";
import { apiKeyCredential } from "./credential.ts";
import { List } from "./list.ts";
import type { Me, NewPayment, PageQuery, Payment } from "./routes.ts";
import { type CallOptions, Transport } from "./transport.ts";

export interface PaymentsClientOptions extends ConnectionOptions {
  /** The client's API key, as it was shown once. */
  readonly apiKey: string;
}

export interface CreatePaymentOptions extends CallOptions {
  /**
   * Up to 255 visible ASCII characters, new for each payment. Default: one is made for the call. Give your own, such
   * as the order's number, where your program may make the same payment again later, after a crash for instance.
   */
  readonly idempotencyKey?: string;
}

const SENDABLE = /^[!-~]{1,255}$/;

/**
 * What a client does with its API key. Every method throws ProblemError where the service refuses, NoAnswerError where
 * it can't be reached; both only after the retries that `ConnectionOptions` allow.
 */
export class PaymentsClient {
  readonly #transport: Transport;

  /** @throws TypeError for options that can't be right. */
  constructor(options: PaymentsClientOptions) {
    const credential = apiKeyCredential(options.apiKey);
    this.#transport = new Transport(options, async () => credential);
  }

  /** Creates a payment, once: all tries carry the same idempotency key. */
  async createPayment(payment: NewPayment, options: CreatePaymentOptions = {}): Promise<Payment> {
    const { idempotencyKey = crypto.randomUUID(), ...rest } = options;
    if (!SENDABLE.test(idempotencyKey)) throw new TypeError("idempotencyKey must be 1 to 255 visible ASCII characters");
    return this.#transport.send("POST /payments/create", { ...rest, body: payment, idempotencyKey, repeatable: true });
  }

  async readPayment(id: string, options: CallOptions = {}): Promise<Payment> {
    return this.#transport.send("GET /payments/{id}", { ...options, path: { id }, repeatable: true });
  }

  /** The client's own payments, newest first, from where the query says. */
  listPayments(query: PageQuery = {}, options: CallOptions = {}): List<Payment> {
    return new List((after) =>
      this.#transport.send("GET /payments", { ...options, query: pageAfter(query, after), repeatable: true }),
    );
  }

  /** Who the API key is. */
  async readMe(options: CallOptions = {}): Promise<Me> {
    return this.#transport.send("GET /me", { ...options, repeatable: true });
  }
}

/** The same pages, from the cursor on. */
export const pageAfter = ({ limit, ...start }: PageQuery, after: string | undefined): PageQuery => ({
  ...(limit !== undefined && { limit }),
  ...(after === undefined ? start : { after }),
});
