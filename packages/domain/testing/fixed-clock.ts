import type { Clock } from "@payments/domain";

/** A clock that stands still until it is told to move. */
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
