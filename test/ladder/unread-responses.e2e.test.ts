import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { startApi } from "../support/api-process.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { until } from "../support/until.ts";
import { guarantee } from "./support/guarantee.ts";
import { metric } from "./support/metric.ts";
import { createLargePayments, startUnreadCallers } from "./support/unread.ts";
import { watchMemory } from "./support/watch-memory.ts";

const using = undoAfterEach();

const MAXIMUM_MEGABYTES = 400;
const MS_PER_CONNECTION = 10;
/** A stalled response closes its connection after 30 s, an idle connection is closed after 65 s. */
const CLOSED_WITHIN_MS = 150_000;

guarantee(
  {
    id: "unread-responses",
    says: "1,000 connections that ask for 32 pages of large payments each and read nothing keep the process under 400 MB, and are closed within 150 s.",
    covers: "ASVS 5.0 15.2.2, 13.1.2 / CWE-400, CWE-770, CWE-772",
    short: { connections: 50, seconds: 5, waitsForClose: false },
    long: { connections: 1_000, seconds: 60, waitsForClose: true },
  },
  async ({ connections, seconds, waitsForClose }, { progress }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const api = using(await startApi(database.url), (started) => started.end("SIGKILL"));
    const { apiKey } = await api.createClient();
    await createLargePayments(api.url, apiKey);

    const memory = watchMemory(api);
    const opened = performance.now();
    const withinMs = connections * MS_PER_CONNECTION;
    const callers = using(startUnreadCallers(api.url, apiKey, { connections, withinMs }), (started) => started.end());
    await Promise.all([callers.opened, sleep(seconds * 1_000)]);
    const isClosed = async (): Promise<boolean> => (await metric(api, "http_connections")) < 10;
    const limitMs = CLOSED_WITHIN_MS - seconds * 1_000;
    if (waitsForClose) await until("the connections are closed", isClosed, limitMs);
    const closedAfter = Math.round((performance.now() - opened) / 1_000);
    const largest = await memory();
    progress(`at most ${largest} MB`);
    expect({ isRunning: api.isRunning(), output: api.output() }).toMatchObject({ isRunning: true });
    expect(largest).toBeLessThan(MAXIMUM_MEGABYTES);
    const end = waitsForClose ? `all closed ${closedAfter} s after the first was opened` : "still open";
    return `${connections} connections, at most ${largest} MB; ${end}`;
  },
);
