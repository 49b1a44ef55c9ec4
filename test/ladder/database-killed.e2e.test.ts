import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { createKnex } from "@payments/adapters-postgres";
import { startApi } from "../support/api-process.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { until } from "../support/until.ts";
import { guarantee } from "./support/guarantee.ts";
import { kept } from "./support/kept.ts";
import { Ledger } from "./support/ledger.ts";
import { startOwnPostgres } from "./support/own-postgres.ts";
import { Payers } from "./support/payers.ts";
import { type Reply, send } from "./support/send.ts";

const using = undoAfterEach();

/** Checked responses per outage. */
const MIN_RESPONSES = 100;

guarantee(
  {
    id: "database-killed",
    says: "kill -9 and immediate shutdown of PostgreSQL under load lose and double no acknowledged payment. The API keeps running, returns 503 with Retry-After within 1 s (/livez 200, /readyz 503), and accepts payments within 2 s of the database's return.",
    covers: "ASVS 5.0 16.5.2, 16.5.3 / CWE-636, CWE-703",
    short: { rounds: 4 },
    long: { rounds: 40 },
  },
  async ({ rounds }, { progress, allowed }) => {
    const postgres = using(await startOwnPostgres(), (own) => own.remove());
    const api = using(await startApi(postgres.url), (started) => started.end("SIGKILL"));
    const agent = using(new Agent({ keepAlive: true }), (own) => own.destroy());
    const { id, apiKey } = await api.createClient();
    const ledger = new Ledger();
    let replies: Reply[] = [];
    const payers = using(
      new Payers({ url: api.url, apiKey, ledger, onReply: (reply) => replies.push(reply) }),
      (running) => running.abandon(),
    );
    let slowestRejectionMs = 0;
    let slowestReturnMs = 0;
    for (let round = 1; round <= rounds; round++) {
      await until("payments are made", () => replies.some(({ status }) => status === 201));
      await sleep(200 + Math.random() * 300);
      await postgres.die(round % 2 === 1 ? "SIGKILL" : "SIGQUIT");
      replies = [];
      const outageStart = performance.now();
      while (performance.now() - outageStart < 500 || replies.length < MIN_RESPONSES) {
        const [live, ready] = await Promise.all([send(agent, `${api.url}/livez`), send(agent, `${api.url}/readyz`)]);
        expect([live.status, ready.status, ready.headers["retry-after"]]).toEqual([200, 503, "1"]);
        replies.push(ready);
        await sleep(50);
      }
      const rejections = replies.filter(({ sentAt }) => sentAt > outageStart);
      expect(rejections.length).toBeGreaterThan(0);
      for (const { status, headers, milliseconds } of rejections) {
        expect([status, headers["retry-after"]]).toEqual([503, "1"]);
        slowestRejectionMs = Math.max(slowestRejectionMs, milliseconds);
      }
      replies = [];
      await postgres.restart();
      const returned = performance.now();
      await until("a payment is made again", () => replies.some(({ status }) => status === 201));
      slowestReturnMs = Math.max(slowestReturnMs, performance.now() - returned);
      progress(`${round} of ${rounds} rounds, ${ledger.acknowledged} acknowledged`);
    }
    await payers.stop();
    const knex = using(createKnex({ connectionString: postgres.url }), (own) => own.destroy());
    const { acknowledged } = kept(await ledger.compare(knex, id));
    expect(api.isRunning()).toBe(true);
    expect(slowestRejectionMs).toBeLessThan(allowed(1_000));
    expect(slowestReturnMs).toBeLessThan(allowed(2_000));
    const times = `503 within ${Math.ceil(slowestRejectionMs)} ms, first success after ${Math.ceil(slowestReturnMs)} ms`;
    return `${rounds} deaths, ${acknowledged} acknowledged, 0 lost, 0 twice; ${times}`;
  },
);
