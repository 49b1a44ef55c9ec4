import type { Knex } from "@payments/adapters-postgres";
import { toUuid } from "@payments/domain";

/** A payment as sent. Its description is the name, which identifies its row. */
export interface Attempt {
  readonly name: string;
  readonly amount: number;
  /** Null for a payment that is never retried. */
  readonly idempotencyKey: string | null;
}

interface Entry extends Attempt {
  /** The UUID of the payment's id in the first acknowledgement. */
  acknowledged?: string;
}

interface StoredPayment {
  readonly id: string;
  readonly name: string;
  readonly amount: string;
  readonly idempotency_key: string | null;
}

export interface Verdict {
  readonly acknowledged: number;
  readonly stored: number;
  /** Names of acknowledged payments that are not stored under the acknowledged id. */
  readonly lost: readonly string[];
  /** Names of payments stored more than once or acknowledged with two ids. */
  readonly twice: readonly string[];
  /** Names of stored payments that were never sent in this form. */
  readonly neverAttempted: readonly string[];
  /** Responses that a caller must never see. */
  readonly unexpected: readonly string[];
}

const PAGE_ROWS = 20_000;

/** The payers' record of their payments, which the database must match. */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  readonly #twice = new Set<string>();
  readonly #unexpected: string[] = [];

  attempt(attempt: Attempt): void {
    if (!this.#entries.has(attempt.name)) this.#entries.set(attempt.name, { ...attempt });
  }

  acknowledge({ name }: Attempt, id: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new RangeError(`${name} was never attempted`);
    entry.acknowledged ??= toUuid(id);
    if (entry.acknowledged !== toUuid(id)) this.#twice.add(name);
  }

  unexpected(what: string): void {
    this.#unexpected.push(what);
  }

  get acknowledged(): number {
    return [...this.#entries.values()].filter((entry) => entry.acknowledged !== undefined).length;
  }

  /** Reads every payment of the client back from PostgreSQL. */
  async compare(knex: Knex, clientId: string): Promise<Verdict> {
    const ids = new Map<string, string>();
    const twice = new Set(this.#twice);
    const neverAttempted: string[] = [];
    let stored = 0;
    for await (const { id, name, amount, idempotency_key } of storedPayments(knex, clientId)) {
      stored++;
      const entry = this.#entries.get(name);
      if (ids.has(name)) twice.add(name);
      ids.set(name, id);
      if (entry?.idempotencyKey !== idempotency_key || String(entry.amount) !== amount) neverAttempted.push(name);
    }
    const acknowledged = [...this.#entries.values()].filter((entry) => entry.acknowledged !== undefined);
    return {
      acknowledged: acknowledged.length,
      stored,
      lost: acknowledged.filter((entry) => ids.get(entry.name) !== entry.acknowledged).map(({ name }) => name),
      twice: [...twice],
      neverAttempted,
      unexpected: this.#unexpected,
    };
  }
}

async function* storedPayments(knex: Knex, clientId: string): AsyncGenerator<StoredPayment> {
  for (let after = "00000000-0000-0000-0000-000000000000"; ; ) {
    const rows: StoredPayment[] = await knex("payments")
      .select("id", "description as name", "amount", "idempotency_key")
      .where({ client_id: clientId })
      .where("id", ">", after)
      .orderBy("id")
      .limit(PAGE_ROWS);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}
