import type { Knex } from "knex";
import { sanitized } from "../connection/postgres-error.ts";

/** The facts about a database that decide whether it can store payments. */
export interface DatabaseInspection {
  /** Such as 15.8. */
  readonly version: string;
  readonly majorVersion: number;
  readonly role: string;
  /** Such as UTF8. */
  readonly encoding: string;
  /** The database's clock minus this machine's, accurate to half of `roundTripMs`. */
  readonly clockSkewMs: number;
  /** Duration of a minimal statement. */
  readonly roundTripMs: number;
  /** The connection is encrypted, or does not leave this machine. */
  readonly isPrivate: boolean;
  /** Server settings that acknowledged payments need to survive a crash. */
  readonly durability: Readonly<Record<"fsync" | "full_page_writes", string>>;
}

interface Row {
  readonly version: string;
  readonly number: string;
  readonly role: string;
  readonly encoding: string;
  readonly encrypted: boolean;
  readonly local: boolean;
  readonly fsync: string;
  readonly full_page_writes: string;
}

const FACTS = `select current_setting('server_version') as version, current_setting('server_version_num') as number,
  current_user as role, current_setting('server_encoding') as encoding,
  coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as encrypted,
  coalesce(inet_server_addr() = inet_client_addr(), true) as local,
  current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes`;

const ATTEMPTS = 3;

/** Compares the clocks in the middle of a round trip. The shortest round trip is the most accurate. */
const compareClocks = async (trx: Knex): Promise<{ clockSkewMs: number; roundTripMs: number }> => {
  let best = { clockSkewMs: 0, roundTripMs: Number.POSITIVE_INFINITY };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const [sentAt, start] = [Date.now(), performance.now()];
    const { rows } = await trx.raw("select extract(epoch from clock_timestamp()) * 1000 as now");
    const roundTripMs = performance.now() - start;
    if (roundTripMs < best.roundTripMs)
      best = { clockSkewMs: Number(rows[0].now) - sentAt - roundTripMs / 2, roundTripMs };
  }
  return best;
};

/** The encoding of the database, such as UTF8. */
export const readEncoding = async (knex: Knex): Promise<string> => {
  const { rows } = await sanitized(knex.raw("show server_encoding"));
  return rows[0].server_encoding;
};

/** Reads only, and needs no right on any table. Rejects if the database does not respond. */
export const inspectDatabase = (knex: Knex): Promise<DatabaseInspection> =>
  sanitized(
    knex.transaction(async (trx) => {
      const { rows }: { rows: readonly Row[] } = await trx.raw(FACTS);
      const [{ version, number, role, encoding, encrypted, local, ...durability }] = rows as [Row];
      const clocks = await compareClocks(trx);
      const majorVersion = Math.floor(Number(number) / 10_000);
      return { version, majorVersion, role, encoding, isPrivate: encrypted || local, durability, ...clocks };
    }),
  );
