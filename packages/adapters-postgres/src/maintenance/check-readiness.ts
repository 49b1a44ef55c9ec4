import { setTimeout } from "node:timers/promises";
import type { Knex } from "knex";
import { sanitized } from "../connection/postgres-error.ts";
import { migrationStatus } from "../migrations/migrate.ts";

/** `read-only`: a standby, or a server that accepts no writes. */
export type NotReady = "database-away" | "migration-pending" | "read-only";

const TIMEOUT_MS = 2_000;

const ask = async (knex: Knex): Promise<NotReady | null> => {
  const { pending } = await migrationStatus(knex);
  if (pending.length > 0) return "migration-pending";
  const { rows } = await sanitized(knex.raw("show transaction_read_only"));
  return rows[0].transaction_read_only === "on" ? "read-only" : null;
};

/** Why no payment can be stored now. Null: the database responded within two seconds and accepts writes. Never rejects. */
export const checkReadiness = async (knex: Knex): Promise<NotReady | null> => {
  const timer = new AbortController();
  try {
    const tooLate = setTimeout(TIMEOUT_MS, "database-away" as const, { signal: timer.signal });
    tooLate.catch(() => {});
    return await Promise.race([ask(knex), tooLate]);
  } catch {
    return "database-away";
  } finally {
    timer.abort();
  }
};
