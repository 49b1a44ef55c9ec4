import Stripe from "stripe";

export interface WebhookSecrets {
  /** Signs events on the platform's own account. */
  readonly platform: string;
  /** Signs events on connected accounts. */
  readonly connect: string;
}

/** `hold`: events wait for `release`, which a test uses to send them late, twice or in another order. */
export type Delivery = "send" | "hold";

const RETRY_DELAYS_MS = [0, 250, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000];

/** A signed event, as Stripe sends it. */
export interface SignedEvent {
  readonly body: string;
  readonly signature: string;
}

/** Sends events as signed webhooks, several at a time and not necessarily in order, and again until the service accepts. */
export class WebhookSender {
  delivery: Delivery = "send";
  url: string | null;
  readonly secrets: WebhookSecrets;
  readonly #now: () => Date;
  readonly #held: Stripe.Event[] = [];
  readonly #stopping = new AbortController();
  readonly #sending = new Set<Promise<void>>();

  constructor(url: string | null, secrets: WebhookSecrets, now: () => Date) {
    this.url = url;
    this.secrets = secrets;
    this.#now = now;
  }

  sign(event: Stripe.Event): SignedEvent {
    const body = JSON.stringify(event);
    const secret = event.account === undefined ? this.secrets.platform : this.secrets.connect;
    const timestamp = Math.floor(this.#now().getTime() / 1_000);
    return { body, signature: Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp }) };
  }

  push(event: Stripe.Event): void {
    if (this.delivery === "hold") this.#held.push(event);
    else this.#start(event);
  }

  /** Sends the events that were held, each `times` times, one after the other. */
  async release(order: "in-order" | "reversed" = "in-order", times = 1): Promise<void> {
    const held = this.#held.splice(0);
    for (const event of order === "reversed" ? held.reverse() : held) {
      for (let count = 0; count < times; count++) await this.#send(event);
    }
  }

  /** Waits until every event that was sent is accepted or given up. */
  async idle(): Promise<void> {
    while (this.#sending.size > 0) await Promise.all(this.#sending);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.idle();
  }

  #start(event: Stripe.Event): void {
    const sending = this.#send(event).finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  async #send(event: Stripe.Event): Promise<void> {
    for (const delayMs of RETRY_DELAYS_MS) {
      if (this.url === null || !(await this.#wait(delayMs))) return;
      if (await this.#deliver(event, this.url)) return;
    }
  }

  async #wait(delayMs: number): Promise<boolean> {
    const { signal } = this.#stopping;
    if (signal.aborted || delayMs === 0) return !signal.aborted;
    return new Promise((resolve) => {
      const timer = setTimeout(() => end(true), delayMs);
      const stop = () => end(false);
      const end = (isDue: boolean) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
        resolve(isDue);
      };
      signal.addEventListener("abort", stop);
    });
  }

  async #deliver(event: Stripe.Event, url: string): Promise<boolean> {
    const { body, signature } = this.sign(event);
    const headers = { "content-type": "application/json; charset=utf-8", "stripe-signature": signature };
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(10_000)]);
    try {
      const response = await fetch(url, { method: "POST", body, headers, signal, redirect: "manual" });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }
}
