import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { ClientId, QuotaDecision, RequestQuota } from "@payments/domain";
import { aClient } from "@payments/domain/testing";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import { type LeaseOutcome, PostgresRequestQuota } from "../../src/index.ts";
import { closedAfterEach } from "../support/closed-after-each.ts";
import { countStatements } from "../support/count-statements.ts";

const { openKnex, openProxy } = closedAfterEach();
const DAY = 86_400;

let database: TestDatabase;
let clientId: ClientId;
let clients = 0;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  clientId = aClient({ id: `client-${clients++}` }).id;
});
afterAll(() => database.drop());

const takeTimes = async (quota: RequestQuota, times: number): Promise<QuotaDecision[]> => {
  const decisions: QuotaDecision[] = [];
  for (let time = 0; time < times; time++) decisions.push(await quota.take(clientId));
  return decisions;
};
const granted = (decisions: readonly QuotaDecision[]): number =>
  decisions.filter((decision) => decision.granted).length;
const row = () => database.knex("request_quotas").where({ client_id: clientId }).first();

describe("a quota in PostgreSQL", () => {
  it("decides synchronously and without a statement while a lease lasts", async () => {
    const quota = new PostgresRequestQuota(database.knex, { limit: 6_000, windowSeconds: DAY, leaseTimeoutMs: 9_000 });
    for (let time = 0; time < 11; time++) expect(quota.take(clientId)).toMatchObject({ granted: true });
    await quota.take(clientId);
    const statements = await countStatements(database.knex, async () => {
      for (let time = 0; time < 50; time++) expect(quota.take(clientId)).toMatchObject({ granted: true });
    });
    expect(statements).toBe(0);
  });

  it("fetches the next lease before the first is spent, so that no request waits", async () => {
    let [sent, leased] = [0, 0];
    const onLease = () => leased++;
    const quota = new PostgresRequestQuota(database.knex, {
      limit: 6_000,
      windowSeconds: DAY,
      leaseTimeoutMs: 9_000,
      onLease,
    });
    while (leased === 0) await quota.take(clientId);
    leased = 0;
    const count = () => sent++;
    database.knex.client.on("query", count);
    for (let bunch = 0; bunch < 150; bunch++) {
      for (let time = 0; time < 5; time++) expect(quota.take(clientId)).toMatchObject({ granted: true });
      await setTimeout(10);
      while (leased < sent) await setTimeout(1);
    }
    database.knex.client.off("query", count);
    expect(leased).toBeGreaterThan(5);
  });

  it("spends a limit in few statements", async () => {
    const quota = new PostgresRequestQuota(database.knex, { limit: 6_000, windowSeconds: DAY, leaseTimeoutMs: 9_000 });
    const statements = await countStatements(database.knex, () => takeTimes(quota, 5_000));
    expect(statements).toBeLessThan(200);
  });

  it("rejects without a statement once the limit is reached", async () => {
    const quota = new PostgresRequestQuota(database.knex, { limit: 10, windowSeconds: DAY, leaseTimeoutMs: 9_000 });
    await takeTimes(quota, 11);
    const statements = await countStatements(database.knex, async () => {
      expect(granted(await takeTimes(quota, 100))).toBe(0);
    });
    expect(statements).toBe(0);
  });

  it("requests the leases of many clients in one statement", async () => {
    const quota = new PostgresRequestQuota(database.knex, { limit: 100, windowSeconds: DAY, leaseTimeoutMs: 9_000 });
    const ids = Array.from({ length: 200 }, (_, index) => aClient({ id: `${clientId} of many ${index}` }).id);
    const statements = await countStatements(database.knex, () => Promise.all(ids.map((id) => quota.take(id))));
    expect(statements).toBe(1);
  });

  it("gathers leases that no request waits for, even if they are requested one by one", async () => {
    let leased = 0;
    const onLease = () => leased++;
    const quota = new PostgresRequestQuota(database.knex, {
      limit: 6_000,
      windowSeconds: DAY,
      leaseTimeoutMs: 9_000,
      onLease,
    });
    const ids = Array.from({ length: 40 }, (_, index) => aClient({ id: `gathered-${index}` }).id);
    const statements = await countStatements(database.knex, async () => {
      for (const id of ids) {
        for (let time = 0; time < 9; time++) expect(quota.take(id)).toMatchObject({ granted: true });
        await setTimeout(2);
      }
      while (leased < ids.length) await setTimeout(1);
    });
    expect(statements).toBeLessThan(20);
  });

  it("serves the first requests of a window from an allowance without waiting", async () => {
    const quota = new PostgresRequestQuota(database.knex, { limit: 6_000, windowSeconds: 1 });
    for (let time = 0; time < 11; time++) expect(quota.take(clientId)).toMatchObject({ granted: true });
    const { resetsInSeconds } = await quota.take(clientId);
    await setTimeout(resetsInSeconds * 1_000 + 50);
    expect(quota.take(clientId)).toMatchObject({ granted: true });
  });

  it("reserves the allowance of 8 processes in the window in which they start", async () => {
    const limit = 1_100;
    const processes = Array.from({ length: 8 }, () => {
      // A busy machine may pause this process for more than a second.
      return new PostgresRequestQuota(database.knex, { limit, windowSeconds: 4 });
    });
    const spendAtOnce = (quota: RequestQuota): Promise<QuotaDecision> => {
      for (let count = 0; ; count++) {
        const decision = quota.take(clientId);
        if (!(decision instanceof Promise)) continue;
        expect(count).toBe(2);
        return decision;
      }
    };
    const decisions = await Promise.all(processes.map(spendAtOnce));
    await setTimeout(Math.max(...decisions.map(({ resetsInSeconds }) => resetsInSeconds)) * 1_000 + 50);
    await Promise.all(processes.map(spendAtOnce));
    clientId = aClient({ id: `${clientId}, another` }).id;
    const quota = new PostgresRequestQuota(database.knex, { limit, windowSeconds: DAY, leaseTimeoutMs: 9_000 });
    expect(granted(await takeTimes(quota, limit + 10))).toBe(limit - 16 * 2 + 2);
  });

  it("starts another window when the configured length changes or the clock is set back", async () => {
    const long = new PostgresRequestQuota(database.knex, { limit: 10, windowSeconds: DAY, leaseTimeoutMs: 9_000 });
    await takeTimes(long, 11);
    const short = new PostgresRequestQuota(database.knex, { limit: 10, windowSeconds: 60 });
    expect(granted(await takeTimes(short, 11))).toBe(10);
    expect(Number((await row()).ends_at)).toBeLessThanOrEqual(Date.now() + 61_000);
  });

  it("grants nothing more after the limit is lowered below the leased amount", async () => {
    await takeTimes(
      new PostgresRequestQuota(database.knex, { limit: 50, windowSeconds: DAY, leaseTimeoutMs: 9_000 }),
      40,
    );
    const lowered = new PostgresRequestQuota(database.knex, { limit: 20, windowSeconds: DAY, leaseTimeoutMs: 9_000 });
    expect(granted(await takeTimes(lowered, 5))).toBe(0);
  });

  it("evicts clients beyond its capacity without granting more", async () => {
    const limit = 1_100;
    const quota = new PostgresRequestQuota(database.knex, { limit, windowSeconds: DAY, capacity: 1 });
    const other = aClient({ id: `${clientId}, another` }).id;
    const decisions: QuotaDecision[] = [];
    while (decisions.at(-1)?.granted !== false) {
      decisions.push(await quota.take(clientId));
      await quota.take(other);
    }
    expect(granted(decisions)).toBeLessThanOrEqual(limit);
    expect((await row()).leased).toBe(limit - 32);
  });
});

describe("while the database gives no leases", () => {
  it.each([
    ["is gone", "cut"],
    ["swallows packets", "swallow"],
  ])("and %s, each process grants the limit by itself, soon", async (_, fault) => {
    const proxy = await openProxy(database.url);
    const outcomes: LeaseOutcome[] = [];
    const quota = new PostgresRequestQuota(openKnex(proxy.url), {
      limit: 100,
      windowSeconds: DAY,
      leaseTimeoutMs: 200,
      onLease: (outcome) => outcomes.push(outcome),
    });
    expect((await quota.take(clientId)).granted).toBe(true);
    if (fault === "cut") await proxy.close();
    else proxy.dropResponses();
    expect(granted(await takeTimes(quota, 200))).toBe(99);
    // After a failure the database is left alone for a while: the outage costs one wait, not one a request.
    expect(outcomes.filter((outcome) => outcome === "failed")).toHaveLength(1);
  });

  it("requests leases again once the database returns", async () => {
    await database.knex.raw("alter table request_quotas rename to hidden");
    const outcomes: LeaseOutcome[] = [];
    const quota = new PostgresRequestQuota(database.knex, {
      limit: 6_000,
      windowSeconds: DAY,
      onLease: (outcome, error) => outcomes.push(error === undefined ? outcome : "failed"),
    });
    try {
      while (outcomes.length === 0) expect((await quota.take(clientId)).granted).toBe(true);
      expect(outcomes).toEqual(["failed"]);
    } finally {
      await database.knex.raw("alter table hidden rename to request_quotas");
    }
    await setTimeout(1_050);
    await takeTimes(quota, 200);
    expect(outcomes).toContain("granted");
    expect((await row()).leased).toBeGreaterThan(0);
  });
});
