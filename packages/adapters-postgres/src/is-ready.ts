import { setTimeout } from "node:timers/promises";
import type { Knex } from "knex";
import { migrationStatus } from "./migrate.ts";

const LIMIT_MILLISECONDS = 2_000;

/** Whether the database answers within two seconds and no migration is pending. Never rejects. */
export const isReady = async (knex: Knex): Promise<boolean> => {
  const timer = new AbortController();
  try {
    const answered = migrationStatus(knex).then(({ pending }) => pending.length === 0);
    const tooLate = setTimeout(LIMIT_MILLISECONDS, false, { signal: timer.signal });
    tooLate.catch(() => {});
    return await Promise.race([answered, tooLate]);
  } catch {
    return false;
  } finally {
    timer.abort();
  }
};
