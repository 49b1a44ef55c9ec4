import { deleteEventsOlderThan, type Knex } from "@payments/adapters-postgres";
import { EVENT_RETENTION_MS, storageUnavailable } from "@payments/domain";
import { ResultAsync } from "neverthrow";
import type { BackgroundWork } from "./background-worker.ts";

const HOUR_MS = 3_600_000;

/** Deletes events after their retention, once an hour. */
export const eventsToDelete = (knex: Knex): BackgroundWork<never> => ({
  name: "old events",
  concurrency: 1,
  pollMs: HOUR_MS,
  claim: () =>
    ResultAsync.fromPromise(deleteEventsOlderThan(knex, EVENT_RETENTION_MS), storageUnavailable).map(() => []),
  run: (item) => item,
});
