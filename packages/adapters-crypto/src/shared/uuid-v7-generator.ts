import { randomFillSync } from "node:crypto";
import type { IdGenerator } from "@payments/domain";
import { V7Generator } from "uuidv7";

const POOL_WORDS = 1_024;

/** Reads the operating system's random bits 4 KiB at a time: one call per id costs more than the rest of the id. */
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

/** More than any time that an id can hold: ids never decrease, however far the clock steps back. */
const ROLLBACK_ALLOWANCE_MS = 2 ** 48 - 1;

/** UUIDv7 (RFC 9562), increasing within one process, also within a millisecond and when the clock steps back. */
export class UuidV7Generator implements IdGenerator {
  readonly #generator = new V7Generator(new PooledRandom());

  next(): string {
    return this.#generator.generateOrResetCore(Date.now(), ROLLBACK_ALLOWANCE_MS).toString();
  }
}
