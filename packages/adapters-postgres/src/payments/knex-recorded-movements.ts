import {
  type ClientId,
  type Mode,
  movementOf,
  type Period,
  type RecordedMovement,
  type RecordedMovements,
  rehydrateFact,
  rehydratePaymentId,
  type StorageUnavailable,
  type StoredFact,
} from "@payments/domain";
import type { Knex } from "knex";
import { ResultAsync } from "neverthrow";
import { sanitized, unavailableOrThrow } from "../connection/postgres-error.ts";

interface Row {
  readonly client_id: string;
  readonly payment_id: string;
  readonly fact: StoredFact;
}

const SELECT = `select client_id, payment_id, fact from payment_facts
  where moved_at >= ? and moved_at < ? and fact->>'mode' = ?
  order by moved_at, payment_id, fact->>'type', fingerprint`;

/** The facts in `payment_facts` that report money which moved. */
export class KnexRecordedMovements implements RecordedMovements {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  list(mode: Mode, { from, to }: Period): ResultAsync<readonly RecordedMovement[], StorageUnavailable> {
    const statement = sanitized(this.#knex.raw(SELECT, [from, to, mode]));
    return ResultAsync.fromPromise(statement, unavailableOrThrow).map(({ rows }: { rows: readonly Row[] }) =>
      rows.flatMap(({ client_id, payment_id, fact }) => {
        const movement = movementOf(rehydrateFact(fact));
        if (movement === null) return [];
        return [{ ...movement, clientId: client_id as ClientId, paymentId: rehydratePaymentId(payment_id) }];
      }),
    );
  }
}
