import type { Clock, IdGenerator } from "@payments/domain";

/** A clock that only `advance` moves. */
export class FixedClock implements Clock {
  #now: number;

  constructor(now: Date = new Date("2026-01-02T03:04:05.678Z")) {
    this.#now = now.getTime();
  }

  now(): Date {
    return new Date(this.#now);
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

/** Ascending ids in the form of UUIDv7, the same in every run. */
export class SequentialIds implements IdGenerator {
  #last = 0;

  next(): string {
    this.#last += 1;
    return `01900000-0000-7000-8000-${this.#last.toString(16).padStart(12, "0")}`;
  }
}
