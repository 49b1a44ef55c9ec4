import type { IdGenerator } from "@payments/domain";
import { v7 } from "uuid";

/** UUIDv7 (RFC 9562) that count up within one process, also within a millisecond and when the clock steps back. */
export class UuidV7Generator implements IdGenerator {
  next(): string {
    return v7();
  }
}
