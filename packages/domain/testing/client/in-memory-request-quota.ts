import type { ClientId, Clock, QuotaDecision, RequestQuota } from "@payments/domain";

/** The requests of each client and window, which several processes share. */
export type QuotaStorage = Map<string, number>;

export class InMemoryRequestQuota implements RequestQuota {
  readonly limit: number;
  readonly windowSeconds: number;
  readonly #clock: Clock;
  readonly #spent: QuotaStorage;

  constructor(limit: number, windowSeconds: number, clock: Clock, spent: QuotaStorage = new Map()) {
    this.limit = limit;
    this.windowSeconds = windowSeconds;
    this.#clock = clock;
    this.#spent = spent;
  }

  take(clientId: ClientId): QuotaDecision {
    const window = this.#window();
    const name = `${window} ${clientId}`;
    const spent = this.#spent.get(name) ?? 0;
    const granted = spent < this.limit;
    if (granted) this.#spent.set(name, spent + 1);
    const resetsInSeconds = (window + 1) * this.windowSeconds - this.#clock.now().getTime() / 1000;
    return {
      granted,
      remaining: granted ? this.limit - spent - 1 : 0,
      resetsInSeconds: Math.ceil(resetsInSeconds),
    };
  }

  giveBack(clientId: ClientId): void {
    const name = `${this.#window()} ${clientId}`;
    const spent = this.#spent.get(name) ?? 0;
    if (spent > 0) this.#spent.set(name, spent - 1);
  }

  #window(): number {
    return Math.floor(this.#clock.now().getTime() / 1000 / this.windowSeconds);
  }
}
