import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { startApi } from "../support/api-process.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { until } from "../support/until.ts";
import { guarantee } from "./support/guarantee.ts";
import { kept } from "./support/kept.ts";
import { Ledger } from "./support/ledger.ts";
import { Payers } from "./support/payers.ts";
import { type Reply, send } from "./support/send.ts";

const using = undoAfterEach();

const CONNECTIONS = 64;

/** Counted by acknowledged payments. */
const payersIn = (replies: readonly Reply[]): Set<string> =>
  new Set(replies.filter(({ status }) => status === 201).map(({ body }) => JSON.parse(body).description.split("-")[0]));

/** While this lock is held, no payment is stored and requests in flight wait. */
const holdPayments = async ({ knex }: TestDatabase) => {
  const holder = using(await knex.transaction(), (trx) => (trx.isCompleted() ? undefined : trx.rollback()));
  await holder.raw("lock table payments in access exclusive mode");
  return holder;
};

const isRefused = (url: string): Promise<boolean> =>
  send(new Agent(), `${url}/livez`).then(
    () => false,
    ({ code }) => code === "ECONNREFUSED",
  );

guarantee(
  {
    id: "stopped-under-load",
    says: "SIGTERM under load drops no request in flight. Each gets a response with Connection: close, new connections are refused, and the process exits with code 0 within 10 s.",
    covers: "ASVS 5.0 16.5.3 / CWE-404, CWE-703",
    short: { rounds: 2 },
    long: { rounds: 50 },
  },
  async ({ rounds }, { progress, allowed }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const api = using(await startApi(database.url), (started) => started.end("SIGKILL"));
    const { id, apiKey } = await api.createClient();
    const ledger = new Ledger();
    let replies: Reply[] = [];
    let faults: string[] = [];
    let slowest = 0;
    let inFlight = 0;
    const payers = using(
      new Payers({
        url: api.url,
        apiKey,
        ledger,
        connections: CONNECTIONS,
        onReply: (reply) => replies.push(reply),
        onFault: ({ code, message }) => faults.push(code ?? message),
      }),
      (running) => running.abandon(),
    );
    for (let round = 1; round <= rounds; round++) {
      // Otherwise a connection could still wait in the kernel when the process is told to stop.
      await until("every payer was answered", () => payersIn(replies).size === CONNECTIONS);
      await sleep(100 + Math.random() * 200);
      // In every second round all payers wait for a response when the signal arrives.
      const holder = round % 2 === 0 ? await holdPayments(database) : undefined;
      if (holder !== undefined) await sleep(100);
      replies = [];
      faults = [];
      const told = performance.now();
      const ended = api.end("SIGTERM");
      await until("new connections are refused", () => isRefused(api.url));
      const answered = replies.length;
      await holder?.rollback();
      expect(await ended).toBe(0);
      slowest = Math.max(slowest, performance.now() - told);
      expect(faults.filter((code) => code !== "ECONNREFUSED")).toEqual([]);
      if (holder !== undefined) {
        expect(replies.slice(answered).map(({ headers }) => headers.connection)).toEqual(
          Array(CONNECTIONS).fill("close"),
        );
      }
      inFlight += replies.length;
      replies = [];
      await api.restart();
      progress(`${round} of ${rounds} rounds, ${ledger.acknowledged} acknowledged`);
    }
    await payers.stop();
    const { acknowledged } = kept(await ledger.compare(database.knex, id));
    expect(slowest).toBeLessThan(allowed(10_000));
    const ends = `exit code 0 after at most ${Math.ceil(slowest)} ms`;
    return `${rounds} stops, ${inFlight} responses while stopping, 0 dropped, ${acknowledged} acknowledged, 0 lost, 0 twice; ${ends}`;
  },
);
