import { hash } from "node:crypto";
import type { ClientId } from "@payments/domain";
import type { Knex } from "knex";
import { sanitized } from "../connection/postgres-error.ts";

export interface AuditFault {
  readonly clientId: ClientId;
  /** The first event that is altered or missing. */
  readonly sequence: number;
  readonly fault: "altered" | "missing";
}

export interface AuditVerification {
  readonly clients: number;
  readonly events: number;
  /** At most one for each client: after a break, the rest of its chain proves nothing. */
  readonly faults: readonly AuditFault[];
}

interface Row {
  readonly bucket: number;
  readonly client_id: ClientId;
  /** A bigint, so the driver returns text. */
  readonly sequence: string;
  readonly id: string;
  readonly type: string;
  readonly actor: string;
  readonly details: string;
  readonly created_at: string;
  readonly hash: string;
}

const BATCH_SIZE = 2_000;
const STATEMENT_TIMEOUT_MS = 600_000;

/** Texts as they are stored: the hash covers them byte by byte. */
const READ = `select bucket, client_id, sequence, id, type, actor::text as actor, details::text as details,
    to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at, encode(hash, 'hex') as hash
  from audit_events where (bucket, client_id, sequence) > (?, ?, ?) order by bucket, client_id, sequence limit ?`;

/** Clients whose last event is not the one of their head: last events, or the head, were deleted or altered. */
const UNLIKE_HEADS = `select coalesce(h.client_id, e.client_id) as client_id,
    least(h.sequence, coalesce(e.sequence, 0) + 1) as sequence
  from audit_heads h full join (
    select distinct on (bucket, client_id) bucket, client_id, sequence, hash from audit_events
    order by bucket, client_id, sequence desc
  ) e on e.bucket = h.bucket and e.client_id = h.client_id
  where e.hash is distinct from h.hash order by 1`;

/** The SQL function `audit_event_hash` computes the same. This one does not trust the database. */
const auditEventHash = (previous: string, row: Row): string => {
  const fields = [row.client_id, row.sequence, row.id, row.type, row.actor, row.details, row.created_at];
  const text = fields.map((field) => `${Buffer.byteLength(field)}:${field}`).join("");
  return hash("sha256", Buffer.concat([Buffer.from(previous, "hex"), Buffer.from(text)]), "hex");
};

const eventBatches = async function* (trx: Knex): AsyncGenerator<readonly Row[]> {
  for (let cursor: readonly (string | number)[] = [-1, "", 0]; ; ) {
    const { rows }: { rows: readonly Row[] } = await sanitized(trx.raw(READ, [...cursor, BATCH_SIZE]));
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    cursor = [last.bucket, last.client_id, last.sequence];
  }
};

/**
 * Recomputes the chain of each client. It detects an event that was altered or deleted, the last ones included. It
 * cannot detect that a chain and its head were replaced as a whole: compare with the hashes in a copy elsewhere.
 *
 * Reads one snapshot, so changes may go on meanwhile.
 */
export const verifyAuditTrail = (knex: Knex): Promise<AuditVerification> =>
  sanitized(
    knex.transaction(
      async (trx) => {
        await trx.raw(`set local statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
        const faults = new Map<ClientId, AuditFault>();
        let [clients, events] = [0, 0];
        let previous: Pick<Row, "client_id" | "sequence" | "hash"> | undefined;
        for await (const rows of eventBatches(trx)) {
          for (const row of rows) {
            events++;
            const before = previous?.client_id === row.client_id ? previous : { sequence: "0", hash: "" };
            if (before !== previous) clients++;
            previous = row;
            if (faults.has(row.client_id)) continue;
            const expected = Number(before.sequence) + 1;
            const isNext = Number(row.sequence) === expected;
            if (isNext && auditEventHash(before.hash, row) === row.hash) continue;
            const fault = isNext ? "altered" : "missing";
            faults.set(row.client_id, { clientId: row.client_id, sequence: expected, fault });
          }
        }
        const { rows: heads } = await trx.raw(UNLIKE_HEADS);
        for (const { client_id: clientId, sequence } of heads as readonly Pick<Row, "client_id" | "sequence">[]) {
          if (!faults.has(clientId)) faults.set(clientId, { clientId, sequence: Number(sequence), fault: "missing" });
        }
        return { clients, events, faults: [...faults.values()] };
      },
      { isolationLevel: "repeatable read", readOnly: true },
    ),
  );
