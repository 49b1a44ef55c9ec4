import { deleteEventsBefore, type Knex } from "@payments/adapters-postgres";
import { type Clock, EVENT_RETENTION_MS, storageUnavailable } from "@payments/domain";
import { ResultAsync } from "neverthrow";
import type { BackgroundWork } from "./background-worker.ts";

const HOUR_MS = 3_600_000;

/** Deletes events after their retention, once an hour. */
export const eventsToDelete = (knex: Knex, clock: Clock): BackgroundWork<never> => ({
  name: "old events",
  concurrency: 1,
  pollMs: HOUR_MS,
  claim: () => {
    const before = new Date(clock.now().getTime() - EVENT_RETENTION_MS);
    return ResultAsync.fromPromise(deleteEventsBefore(knex, before), storageUnavailable).map(() => []);
  },
  run: (item) => item,
});
