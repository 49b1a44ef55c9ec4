export interface IdGenerator {
  /**
   * A new UUIDv7 (RFC 9562, section 5.7) in lower case. It MUST be unique over all processes, and
   * MUST sort after every id that this generator returned before.
   */
  next(): string;
}
