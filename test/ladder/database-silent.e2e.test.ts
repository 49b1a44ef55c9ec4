import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { startApi } from "../support/api-process.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { until } from "../support/until.ts";
import { clientOf } from "./support/client-of.ts";
import { guarantee } from "./support/guarantee.ts";
import { kept } from "./support/kept.ts";
import { Ledger } from "./support/ledger.ts";
import { Payers } from "./support/payers.ts";
import type { Reply } from "./support/send.ts";

const using = undoAfterEach();

const READS = ["/payments", "/me", "/payments/01890000-0000-7000-8000-000000000000", "/readyz"];
const CALM_MS = 1_000;

guarantee(
  {
    id: "database-silent",
    says: "While the network to PostgreSQL drops packets, every request gets a response within 5 s. Within 10 s of its return, all requests succeed.",
    covers: "ASVS 5.0 13.1.3, 13.2.6, 16.5.2 / CWE-1088, CWE-400",
    short: { rounds: 1, silence: 5_000 },
    long: { rounds: 5, silence: 15_000 },
  },
  async ({ rounds, silence }, { progress, allowed }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const proxy = using(await startTcpProxy(database.url), (started) => started.close());
    const api = using(await startApi(proxy.url), (started) => started.end("SIGKILL"));
    const client = await api.createClient();
    const caller = using(clientOf(api.url, client), (own) => own.close());
    const ledger = new Ledger();
    const replies: Reply[] = [];
    const onReply = (reply: Reply) => replies.push(reply);
    const { apiKey } = client;
    const payers = using(new Payers({ url: api.url, apiKey, ledger, onReply }), (running) => running.abandon());
    let slowest = 0;
    let slowestReturn = 0;
    for (let round = 1; round <= rounds; round++) {
      await until("payments are made", () => replies.some(({ status }) => status === 201));
      await Promise.all(READS.map((path) => caller.request(path)));
      replies.length = 0;
      const reads: Promise<unknown>[] = [];
      proxy.dropAll();
      for (const start = performance.now(); performance.now() - start < silence; await sleep(100)) {
        reads.push(...READS.map((path) => caller.request(path).then(onReply)));
      }
      const returned = performance.now();
      proxy.mend();
      await Promise.all(reads);
      const lastRejection = () => Math.max(returned, ...replies.filter(isRejection).map(endOf));
      await until("all payments are made", () => performance.now() - lastRejection() > CALM_MS);
      await until("payments are made", () => replies.some(({ status, sentAt }) => status === 201 && sentAt > returned));
      expect(replies.filter(isRejection).length).toBeGreaterThan(64);
      slowest = Math.max(slowest, ...replies.map(({ milliseconds }) => milliseconds));
      slowestReturn = Math.max(slowestReturn, lastRejection() - returned);
      progress(`${round} of ${rounds} rounds, slowest response ${Math.ceil(slowest)} ms`);
    }
    await payers.stop();
    const { acknowledged } = kept(await ledger.compare(database.knex, client.id));
    expect(slowest).toBeLessThan(allowed(5_000));
    expect(slowestReturn).toBeLessThan(allowed(10_000));
    const times = `slowest response ${Math.ceil(slowest)} ms, last rejection ${Math.ceil(slowestReturn)} ms after the return`;
    return `${rounds} silences of ${silence / 1_000} s: ${times}; ${acknowledged} acknowledged, 0 lost, 0 twice`;
  },
);

const isRejection = ({ status }: Reply): boolean => status === 503;

const endOf = ({ sentAt, milliseconds }: Reply): number => sentAt + milliseconds;
