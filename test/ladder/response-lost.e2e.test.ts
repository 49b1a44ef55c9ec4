import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { startApi } from "../support/api-process.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { clientOf } from "./support/client-of.ts";
import { guarantee } from "./support/guarantee.ts";
import { kept } from "./support/kept.ts";
import { Ledger } from "./support/ledger.ts";
import { Payers } from "./support/payers.ts";

const using = undoAfterEach();

/** Longer than PostgreSQL's response to the statement that stores payments. */
const RESPONSE_BYTES = 200;

guarantee(
  {
    id: "response-lost",
    says: "If the response to a COMMIT is lost, the caller gets 503, never a false 201. A retry with the same key yields one payment. The service never repeats a write with an unknown outcome.",
    covers: "ASVS 5.0 2.3.3, 16.5.2 / CWE-837, CWE-394",
    short: { step: 8, seconds: 3 },
    long: { step: 1, seconds: 60 },
  },
  async ({ step, seconds }, { progress }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const proxy = using(await startTcpProxy(database.url), (started) => started.close());
    // Background work shares the proxy, and could take the fault that is meant for a payment.
    const api = using(await startApi(proxy.url, { BACKGROUND: "off" }), (started) => started.end("SIGKILL"));
    const client = await api.createClient();
    const caller = using(clientOf(api.url, client), (own) => own.close());
    const ledger = new Ledger();
    const pay = async (name: string, idempotencyKey: string | null) => {
      const attempt = { name, idempotencyKey, amount: 1 };
      ledger.attempt(attempt);
      const reply = await caller.pay(attempt);
      if (reply.status === 201) ledger.acknowledge(attempt, JSON.parse(reply.body).id);
      return reply;
    };
    const isStored = async (name: string): Promise<boolean> =>
      (await database.knex("payments").where({ client_id: client.id, description: name })).length === 1;
    let lost = 0;
    /** False if the response arrived. */
    const loses = async (name: string, idempotencyKey: string | null): Promise<boolean> => {
      const { status, headers } = await pay(name, idempotencyKey);
      proxy.mend();
      expect(await isStored(name)).toBe(true);
      if (status === 201) return false;
      expect([status, headers["retry-after"]]).toEqual([503, "1"]);
      lost++;
      if (idempotencyKey === null) return true;
      const retry = await pay(name, idempotencyKey);
      expect([retry.status, retry.headers["idempotent-replayed"]]).toEqual([201, "true"]);
      return true;
    };

    let arrived = 0;
    for (let bytes = 0; bytes <= RESPONSE_BYTES; bytes += step) {
      for (const idempotencyKey of [`key-${bytes}`, null]) {
        // This payment opens a connection, prepares the statement and caches the key.
        expect((await pay(`before-${bytes}-${idempotencyKey}`, null)).status).toBe(201);
        proxy.resetAfter(bytes);
        if (!(await loses(`reset-${bytes}-${idempotencyKey}`, idempotencyKey))) arrived++;
      }
    }
    progress(`${lost} responses cut off after 0, ${step}, ... bytes`);
    expect(lost).toBeGreaterThan(RESPONSE_BYTES / step / 4);
    expect(arrived).toBeGreaterThan(0);

    for (const idempotencyKey of ["key-swallowed", null]) {
      proxy.dropResponses();
      expect(await loses(`swallowed-${idempotencyKey}`, idempotencyKey)).toBe(true);
    }
    // Opens a connection, because the delay would also affect a new one.
    expect((await pay("before-late", null)).status).toBe(201);
    proxy.delayResponses(300);
    expect(await loses("late", "key-late")).toBe(false);

    const payers = using(new Payers({ url: api.url, apiKey: client.apiKey, ledger }), (running) => running.abandon());
    for (const end = performance.now() + seconds * 1_000; performance.now() < end; await sleep(50)) {
      proxy.resetAfter(Math.floor(Math.random() * RESPONSE_BYTES));
    }
    await payers.stop();
    const { acknowledged } = kept(await ledger.compare(database.knex, client.id));
    return `${lost} lost responses, ${lost} times 503, then ${seconds} s of resets under load: ${acknowledged} acknowledged, 0 lost, 0 twice`;
  },
);
