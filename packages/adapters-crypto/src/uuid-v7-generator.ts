import { randomFillSync } from "node:crypto";
import type { IdGenerator } from "@payments/domain";
import { V7Generator } from "uuidv7";

const POOL_WORDS = 1_024;

/** The operating system's random bits, 4 KiB at a time: asking it for each id costs more than all else of the id. */
class PooledRandom {
  readonly #pool = new Uint32Array(POOL_WORDS);
  #used = POOL_WORDS;

  nextUint32(): number {
    if (this.#used === POOL_WORDS) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    return this.#pool[this.#used++] as number;
  }
}

/** Beyond any time that fits into an id: ids never go back, however far the clock does. */
const ANY_ROLLBACK = 2 ** 48 - 1;

/** UUIDv7 (RFC 9562) that count up within one process, also within a millisecond and when the clock steps back. */
export class UuidV7Generator implements IdGenerator {
  readonly #generator = new V7Generator(new PooledRandom());

  next(): string {
    return this.#generator.generateOrResetCore(Date.now(), ANY_ROLLBACK).toString();
  }
}
