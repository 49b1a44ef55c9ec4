const INTERVAL_MS = 20;
/** As many responses in an interval mean that requests need the processor: 400 a second. */
const BUSY_RESPONSES = 8;
/** The attempts that start in an interval beside these requests: 700 a second. */
const ATTEMPTS = 14;

const READY = Promise.resolve();

/**
 * Says when an attempt of a delivery may start. While the process serves many requests, few attempts start in each
 * interval, so that payments keep most of the processor. Otherwise attempts start at once.
 */
export class AttemptPace {
  readonly #responses: () => number;
  readonly #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #responsesBefore = 0;
  #left = ATTEMPTS;
  #isUsed = false;

  /** `responses`: those sent since the start of the process. */
  constructor(responses: () => number) {
    this.#responses = responses;
  }

  next(): Promise<void> {
    this.#isUsed = true;
    if (this.#timer === undefined) {
      this.#responsesBefore = this.#responses();
      this.#left = ATTEMPTS;
      this.#timer = setInterval(() => this.#beginInterval(), INTERVAL_MS);
    }
    if (this.#left === 0) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#left -= 1;
    return READY;
  }

  #beginInterval(): void {
    const responses = this.#responses();
    this.#left = responses - this.#responsesBefore >= BUSY_RESPONSES ? ATTEMPTS : Number.POSITIVE_INFINITY;
    this.#responsesBefore = responses;
    const released = this.#waiting.splice(0, this.#left);
    this.#left -= released.length;
    for (const release of released) release();
    if (!this.#isUsed && this.#waiting.length === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    this.#isUsed = this.#waiting.length > 0;
  }
}
