import { type Mode, movementOf, type Period, type RecordedMovement, type RecordedMovements } from "@payments/domain";
import { okAsync, type ResultAsync } from "neverthrow";
import type { InMemoryStorage } from "../shared/in-memory-storage.ts";

export class InMemoryRecordedMovements implements RecordedMovements {
  readonly #storage: InMemoryStorage;

  constructor(storage: InMemoryStorage) {
    this.#storage = storage;
  }

  list(mode: Mode, { from, to }: Period): ResultAsync<readonly RecordedMovement[], never> {
    const movements = [...this.#storage.charged.values()].flatMap(({ payment }) => {
      const facts = this.#storage.facts.get(payment.id) ?? [];
      return facts
        .filter((fact) => fact.mode === mode && fact.occurredAt >= from && fact.occurredAt < to)
        .flatMap((fact) => {
          const movement = movementOf(fact);
          if (movement === null) return [];
          return [{ at: fact.occurredAt, ...movement, clientId: payment.clientId, paymentId: payment.id }];
        });
    });
    const ordered = movements.toSorted((one, other) => one.at.getTime() - other.at.getTime());
    return okAsync(ordered.map(({ at: _, ...movement }) => movement));
  }
}
