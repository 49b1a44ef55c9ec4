import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { startApi } from "../support/api-process.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { clientOf } from "./support/client-of.ts";
import { guarantee } from "./support/guarantee.ts";
import { metric } from "./support/metric.ts";
import type { Reply } from "./support/send.ts";

const using = undoAfterEach();

/** Per process. */
const CONNECTIONS = 8;

const expectThrottled = ({ status, headers, body }: Reply, limit: number, windowSeconds: number): void => {
  expect({ status, code: JSON.parse(body).code }).toEqual({ status: 429, code: "too-many-requests" });
  expect(headers["ratelimit-policy"]).toBe(`"client";q=${limit};w=${windowSeconds}`);
  expect(headers["ratelimit"]).toBe(`"client";r=0;t=${headers["retry-after"]}`);
  expect(Number(headers["retry-after"])).toBeGreaterThanOrEqual(1);
};

guarantee(
  {
    id: "client-limit",
    says: "Two API processes together grant a client at most its limit per window and at least 95 % of it. Further requests get 429 with RateLimit, RateLimit-Policy and Retry-After, never 401.",
    covers: "ASVS 5.0 2.4.1, 6.3.1 / CWE-770, CWE-799",
    short: { limit: 300, windowSeconds: 5, windows: 2 },
    long: { limit: 1_500, windowSeconds: 15, windows: 6 },
  },
  async ({ limit, windowSeconds, windows }, { progress }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const variables = {
      RATE_LIMIT_CLIENT_REQUESTS: String(limit),
      RATE_LIMIT_WINDOW_SECONDS: String(windowSeconds),
    };
    const apis = await Promise.all([startApi(database.url, variables), startApi(database.url, variables)]);
    using(apis, (both) => Promise.all(both.map((api) => api.end("SIGKILL"))));
    const client = await apis[0].createClient();
    let running = true;
    const throttledAt: number[] = [];
    const load = apis.map(async ({ url }) => {
      const caller = using(clientOf(url, client), (own) => own.close());
      const pay = async (): Promise<void> => {
        while (running) {
          const reply = await caller.pay({ name: "limited" });
          if (reply.status === 201) continue;
          expectThrottled(reply, limit, windowSeconds);
          throttledAt.push(Date.now());
          await sleep(20);
        }
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, pay));
    });
    const length = windowSeconds * 1_000;
    await Promise.race([Promise.all(load), sleep(500)]);
    const { ends_at: firstEnd } = await database.knex("request_quotas").where({ client_id: client.id }).first();
    const start = Number(firstEnd);
    for (let window = 1; window <= windows; window++) {
      // Only windows with load from start to end count.
      await Promise.race([Promise.all(load), sleep(start + window * length + 300 - Date.now())]);
      progress(`${window} of ${windows} windows`);
    }
    running = false;
    await Promise.all(load);
    const { rows } = await database.knex.raw(
      `select floor((extract(epoch from created_at) * 1000 - ?) / ?)::integer as number, count(*)::integer as count
       from payments where client_id = ? group by 1 order by 1`,
      [start, length, client.id],
    );
    const counts = rows
      .filter(({ number }: { number: number }) => number >= 0 && number < windows)
      .map(({ count }: { count: number }) => count);
    expect(counts).toHaveLength(windows);
    expect(Math.max(...counts)).toBeLessThanOrEqual(limit);
    // Without a 429 in a window, the load did not reach the limit.
    expect(new Set(throttledAt.map((time) => Math.floor((time - start) / length))).size).toBeGreaterThanOrEqual(
      windows,
    );
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(0.95 * limit);
    const leases = await Promise.all(apis.map((api) => metric(api, 'quota_leases_total{outcome="granted"}')));
    const total = leases.reduce((sum, count) => sum + count, 0);
    return `${windows} windows of ${limit}: ${Math.min(...counts)} to ${Math.max(...counts)} granted in each, with ${total} leases; ${throttledAt.length} times 429`;
  },
);
