import {
  type Actor,
  type AuditDetails,
  type AuditEvent,
  type AuditEventId,
  type AuditEventType,
  type AuditLog,
  type ClientId,
  type Clock,
  type Page,
  type PageRequest,
  pageOf,
  rehydrateAuditEvent,
} from "@payments/domain";
import { okAsync, type ResultAsync } from "neverthrow";
import type { InMemoryStorage } from "../shared/in-memory-storage.ts";

/** Appends an audit event, as each in-memory repository does with its change. */
export const appendAuditEvent = (
  storage: InMemoryStorage,
  clock: Clock,
  event: {
    readonly clientId: ClientId;
    readonly type: AuditEventType;
    readonly actor: Actor;
    readonly details: AuditDetails;
  },
): void => {
  const number = storage.auditEvents.length + 1;
  const ofClient = storage.auditEvents.filter(({ clientId }) => clientId === event.clientId);
  storage.auditEvents.push(
    rehydrateAuditEvent({
      ...event,
      // As storage returns JSON: dates are texts.
      details: JSON.parse(JSON.stringify(event.details)),
      uuid: `01900000-0000-7000-9000-${number.toString(16).padStart(12, "0")}`,
      sequence: ofClient.length + 1,
      createdAt: clock.now(),
      hash: number.toString(16).padStart(64, "0"),
    }),
  );
};

export class InMemoryAuditLog implements AuditLog {
  readonly #storage: InMemoryStorage;

  constructor(storage: InMemoryStorage) {
    this.#storage = storage;
  }

  list(request: PageRequest<AuditEventId>): ResultAsync<Page<AuditEvent, AuditEventId>, never> {
    return this.#page(this.#storage.auditEvents, request);
  }

  listByClient(id: ClientId, request: PageRequest<AuditEventId>): ResultAsync<Page<AuditEvent, AuditEventId>, never> {
    return this.#page(
      this.#storage.auditEvents.filter(({ clientId }) => clientId === id),
      request,
    );
  }

  #page(
    events: readonly AuditEvent[],
    request: PageRequest<AuditEventId>,
  ): ResultAsync<Page<AuditEvent, AuditEventId>, never> {
    const all = events.toReversed();
    const cursor = all.findIndex(({ id }) => id === (request.after ?? request.before));
    const found = (request.after === null && request.before === null) || cursor !== -1;
    const older = all.slice(cursor + 1);
    const newer = all.slice(0, Math.max(cursor, 0)).reverse();
    return okAsync(pageOf(found ? (request.before === null ? older : newer).slice(0, request.limit + 1) : [], request));
  }
}
