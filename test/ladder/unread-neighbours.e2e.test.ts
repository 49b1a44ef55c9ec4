import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { startApi } from "../support/api-process.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { clientOf } from "./support/client-of.ts";
import { guarantee } from "./support/guarantee.ts";
import { durationsWithin, percentile, SteadyCaller } from "./support/steady-caller.ts";
import { createLargePayments, startUnreadCallers } from "./support/unread.ts";

const using = undoAfterEach();

const INTERVAL_MS = 20;
/** A baseline of a few milliseconds leaves no room for one garbage collection. */
const FLOOR_MS = 50;

guarantee(
  {
    id: "unread-neighbours",
    says: "While one client opens 1,000 connections, asks for 32 pages of large payments on each and reads nothing, every payment of another client gets a 201. Their p99 stays within twice its baseline, or under 50 ms.",
    covers: "ASVS 5.0 15.2.2, 13.1.2 / CWE-400, CWE-770",
    short: { connections: 100, baselineMs: 3_000, withinMs: 3_000, durationMs: 5_000 },
    long: { connections: 1_000, baselineMs: 20_000, withinMs: 10_000, durationMs: 60_000 },
  },
  async ({ connections, baselineMs, withinMs, durationMs }, { progress, allowed }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const api = using(await startApi(database.url), (started) => started.end("SIGKILL"));
    const hoarder = await api.createClient();
    await createLargePayments(api.url, hoarder.apiKey);
    const payer = using(clientOf(api.url, await api.createClient()), (own) => own.close());
    const load = { call: () => payer.pay({ name: "other" }), status: 201, intervalMs: INTERVAL_MS };
    await durationsWithin(2_000, load);
    const baseline = percentile(0.99, await durationsWithin(baselineMs, load));
    progress(`p99 ${baseline.toFixed(1)} ms without the connections`);

    const payments = new SteadyCaller(load);
    const callers = using(startUnreadCallers(api.url, hoarder.apiKey, { connections, withinMs }), (started) =>
      started.end(),
    );
    await Promise.all([callers.opened, sleep(durationMs)]);
    const durations = await payments.stop();
    const [p99, longest] = [percentile(0.99, durations), Math.max(...durations)];
    expect(p99).toBeLessThan(Math.max(2 * baseline, allowed(FLOOR_MS)));
    const all = `${connections} connections, ${durations.length} payments of the other client, each a 201`;
    return `${all}; p99 ${p99.toFixed(1)} ms, at most ${longest.toFixed(1)} ms, ${baseline.toFixed(1)} ms without`;
  },
);
