import {
  type AuditEvent,
  type AuditEventId,
  type AuditLog,
  type ClientId,
  type Page,
  type PageRequest,
  pageOf,
  rehydrateAuditEvent,
  type StorageUnavailable,
  toUuid,
} from "@payments/domain";
import type { Knex } from "knex";
import { ResultAsync } from "neverthrow";
import { bucketOf } from "../connection/client-bucket.ts";
import { unavailableOrThrow } from "../connection/postgres-error.ts";

interface Row {
  readonly id: string;
  readonly client_id: string;
  /** A bigint, so the driver returns text. */
  readonly sequence: string;
  readonly type: string;
  readonly actor: unknown;
  readonly details: unknown;
  readonly created_at: Date;
  readonly hash: string;
}

const SELECT = `select id, client_id, sequence, type, actor, details, created_at, encode(hash, 'hex') as hash
  from audit_events`;

const toAuditEvent = (row: Row): AuditEvent =>
  rehydrateAuditEvent({
    uuid: row.id,
    clientId: row.client_id,
    sequence: Number(row.sequence),
    type: row.type,
    actor: row.actor,
    details: row.details,
    createdAt: row.created_at,
    hash: row.hash,
  });

type AuditPage = ResultAsync<Page<AuditEvent, AuditEventId>, StorageUnavailable>;

/** Reads the table `audit_events`. The repositories write it with their changes: see `auditing`. */
export class KnexAuditLog implements AuditLog {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  list(request: PageRequest<AuditEventId>): AuditPage {
    const cursor = request.before ?? request.after;
    const [comparison, order] = request.before === null ? ["<", "desc"] : [">", "asc"];
    return this.#read(
      `${SELECT} ${cursor === null ? "" : `where id ${comparison} ?`} order by id ${order} limit ?`,
      cursor === null ? [] : [toUuid(cursor)],
      request,
    );
  }

  listByClient(id: ClientId, request: PageRequest<AuditEventId>): AuditPage {
    const cursor = request.before ?? request.after;
    const [comparison, order] = request.before === null ? ["<", "desc"] : [">", "asc"];
    const own = [bucketOf(id), id];
    const beyond = `and sequence ${comparison} (select sequence from audit_events where bucket = ? and client_id = ? and id = ?)`;
    return this.#read(
      `${SELECT} where bucket = ? and client_id = ? ${cursor === null ? "" : beyond} order by sequence ${order} limit ?`,
      cursor === null ? own : [...own, ...own, toUuid(cursor)],
      request,
    );
  }

  #read(statement: string, bindings: readonly (string | number)[], request: PageRequest<AuditEventId>): AuditPage {
    const read = Promise.resolve(this.#knex.raw(statement, [...bindings, request.limit + 1]));
    return ResultAsync.fromPromise(read, unavailableOrThrow).map(({ rows }: { rows: readonly Row[] }) =>
      pageOf(rows.map(toAuditEvent), request),
    );
  }
}
