import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { startApi } from "../support/api-process.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { guarantee } from "./support/guarantee.ts";
import { kept } from "./support/kept.ts";
import { Ledger } from "./support/ledger.ts";
import { Payers } from "./support/payers.ts";
import type { Reply } from "./support/send.ts";

const using = undoAfterEach();

/** Saturates the service. */
const SATURATION = 64;
const TIMES = 10;
/** More than the service admits with slow statements: two batches of 128 payments and those that wait up to 400 ms. */
const SLOW_RESPONSE_MS = 250;
const TOO_MANY = 1_000;
const WINDOW_MS = 1_000;
const PATIENCE_MS = 30_000;

const percentile = (share: number, replies: readonly Reply[]): number => {
  const times = replies.map(({ milliseconds }) => milliseconds).sort((one, other) => one - other);
  return times[Math.ceil(share * times.length) - 1] ?? 0;
};

const isAdmitted = ({ status }: Reply): boolean => status === 201;

guarantee(
  {
    id: "overload",
    says: "Under ten times the connections that saturate the API, and with a slow database, admitted payments have a p99 under 1 s. All others are rejected with 503 or 429 at once. The baseline is back within 5 s of the end.",
    covers: "ASVS 5.0 13.1.2, 15.2.2 / CWE-400, CWE-770",
    // On a busy machine all durations grow with the baseline.
    short: { seconds: 2, timesBaseline: 40 },
    long: { seconds: 30, timesBaseline: 0 },
  },
  async ({ seconds, timesBaseline }, { progress, allowed }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const proxy = using(await startTcpProxy(database.url), (started) => started.close());
    const api = using(await startApi(proxy.url), (started) => started.end("SIGKILL"));
    const { id, apiKey } = await api.createClient();
    const ledger = new Ledger();
    let replies: Reply[] = [];
    const onReply = (reply: Reply) => replies.push(reply);
    const startPayers = (connections: number) =>
      using(new Payers({ url: api.url, apiKey, ledger, connections, retryDelayMs: 1_000, onReply }), (load) =>
        load.abandon(),
      );
    const hear = async (milliseconds: number): Promise<Reply[]> => {
      replies = [];
      await sleep(milliseconds);
      return replies;
    };

    const usual = startPayers(SATURATION);
    await hear(WINDOW_MS);
    const baseline = percentile(0.5, await hear(WINDOW_MS));

    const crowd = startPayers(SATURATION * (TIMES - 1));
    await hear(WINDOW_MS);
    const crowded = await hear(seconds * 1_000);
    const p99 = percentile(0.99, crowded.filter(isAdmitted));
    progress(`${crowded.length} responses under overload, p99 ${Math.ceil(p99)} ms`);

    const more = startPayers(TOO_MANY - SATURATION * TIMES);
    await hear(WINDOW_MS);
    proxy.delayResponses(SLOW_RESPONSE_MS);
    await hear(WINDOW_MS);
    const slowed = await hear(seconds * 1_000);
    const rejected = slowed.filter((reply) => !isAdmitted(reply));
    const slowP99 = percentile(0.99, slowed.filter(isAdmitted));
    progress(
      `${slowed.length} responses of a slowed database, ${rejected.length} rejected, p99 ${Math.ceil(slowP99)} ms`,
    );

    proxy.mend();
    const ended = performance.now();
    await Promise.all([crowd.stop(), more.stop()]);
    while (percentile(0.5, await hear(WINDOW_MS / 2)) > baseline * 1.5 && performance.now() - ended < PATIENCE_MS);
    const back = performance.now() - ended;
    await usual.stop();
    const { acknowledged } = kept(await ledger.compare(database.knex, id));

    const within = (milliseconds: number) => Math.max(allowed(milliseconds), timesBaseline * baseline);
    expect(crowded.filter(isAdmitted).length).toBeGreaterThan(0);
    expect(rejected.length).toBeGreaterThan(0);
    expect(Math.max(p99, slowP99)).toBeLessThan(within(1_000));
    const rejection = percentile(0.5, rejected);
    expect(rejection).toBeLessThan(within(SLOW_RESPONSE_MS));
    expect(back).toBeLessThan(within(5_000));
    const times = `p99 ${Math.ceil(p99)} ms, of a slowed database ${Math.ceil(slowP99)} ms`;
    const rest = `${rejected.length} rejected after ${Math.ceil(rejection)} ms in the median`;
    return `${times}, ${rest}; baseline back after ${Math.ceil(back)} ms; ${acknowledged} acknowledged, 0 lost, 0 twice`;
  },
);
