import { setTimeout } from "node:timers/promises";
import type { Knex } from "knex";
import { sanitized } from "../connection/postgres-error.ts";
import { migrationStatus } from "../migrations/migrate.ts";

/** `read-only`: a standby, or a server that takes no writes, such as one whose disk is full. */
export type NotReady = "database-away" | "migration-pending" | "read-only";

const LIMIT_MILLISECONDS = 2_000;

const ask = async (knex: Knex): Promise<NotReady | null> => {
  const { pending } = await migrationStatus(knex);
  if (pending.length > 0) return "migration-pending";
  const { rows } = await sanitized(knex.raw("show transaction_read_only"));
  return rows[0].transaction_read_only === "on" ? "read-only" : null;
};

/** Why no payment can be stored now; null where the database answers within two seconds and can. Never rejects. */
export const checkReadiness = async (knex: Knex): Promise<NotReady | null> => {
  const timer = new AbortController();
  try {
    const tooLate = setTimeout(LIMIT_MILLISECONDS, "database-away" as const, { signal: timer.signal });
    tooLate.catch(() => {});
    return await Promise.race([ask(knex), tooLate]);
  } catch {
    return "database-away";
  } finally {
    timer.abort();
  }
};
