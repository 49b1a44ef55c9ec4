import type { IdGenerator } from "@payments/domain";

/** Ids in the shape of UUIDv7 that count up, the same in every run. */
export class SequentialIds implements IdGenerator {
  #last = 0;

  next(): string {
    this.#last += 1;
    return `01900000-0000-7000-8000-${this.#last.toString(16).padStart(12, "0")}`;
  }
}
