import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import { readOperationBacklog } from "../../src/index.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** An operation that was planned so many seconds ago. */
const operation = (number: number, state: string, ageSeconds: number, isLeased = true) =>
  database.knex("payment_operations").insert({
    bucket: 0,
    client_id: "client-1",
    payment_id: `00000000-0000-0000-0000-00000000000${number}`,
    id: `00000000-0000-0000-0000-00000000001${number}`,
    mode: "test",
    kind: "authorize",
    state,
    parameters: "{}",
    planned_at: database.knex.raw("clock_timestamp() - ? * interval '1 second'", [ageSeconds]),
    lease_ends_at: isLeased ? database.knex.raw("clock_timestamp()") : null,
  });

it("finds the age of the oldest operation without evidence, and counts those that need a review", async () => {
  expect(await readOperationBacklog(database.knex)).toEqual({ oldestUnresolvedSeconds: 0, needingReview: 0 });
  await operation(1, "pending", 9_000);
  await operation(2, "succeeded", 8_000, false);
  await operation(3, "needs_review", 7_000, false);
  expect(await readOperationBacklog(database.knex)).toEqual({ oldestUnresolvedSeconds: 0, needingReview: 1 });
  await operation(4, "unknown", 500);
  await operation(5, "deferred", 100);
  await operation(6, "needs_review", 6_000, false);
  const { oldestUnresolvedSeconds, needingReview } = await readOperationBacklog(database.knex);
  expect(oldestUnresolvedSeconds).toBeGreaterThanOrEqual(500);
  expect(oldestUnresolvedSeconds).toBeLessThan(560);
  expect(needingReview).toBe(2);
});
