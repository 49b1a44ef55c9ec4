import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { startApi } from "./support/api-process.ts";
import { clientOf } from "./support/client-of.ts";
import { kept } from "./support/kept.ts";
import { Ledger } from "./support/ledger.ts";
import { Payers } from "./support/payers.ts";
import { promise } from "./support/promise.ts";

const using = undoAfterEach();

/** More than PostgreSQL answers to the statement that stores payments. */
const ANSWER_BYTES = 200;

promise(
  {
    id: "answer-lost",
    says: "a payment whose COMMIT was sent and whose answer never came is a 503, never a false 201; its retry with the same key yields one payment, and the server repeats no write whose outcome it does not know",
    covers: "ASVS 5.0 2.3.3, 16.5.2 / CWE-837, CWE-394",
    short: { step: 8, seconds: 3 },
    long: { step: 1, seconds: 60 },
  },
  async ({ step, seconds }, { progress }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const proxy = using(await startTcpProxy(database.url), (started) => started.close());
    const api = using(await startApi(proxy.url), (started) => started.end("SIGKILL"));
    const account = await api.createAccount();
    const client = using(clientOf(api.url, account), (own) => own.close());
    const ledger = new Ledger();
    const pay = async (name: string, idempotencyKey: string | null) => {
      const attempt = { name, idempotencyKey, amount: 1 };
      ledger.attempt(attempt);
      const reply = await client.pay(attempt);
      if (reply.status === 201) ledger.acknowledge(attempt, JSON.parse(reply.body).id);
      return reply;
    };
    const isStored = async (name: string): Promise<boolean> =>
      (await database.knex("payments").where({ client_id: account.id, description: name })).length === 1;
    let lost = 0;
    /** False where the answer arrived after all. */
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
    for (let bytes = 0; bytes <= ANSWER_BYTES; bytes += step) {
      for (const idempotencyKey of [`key-${bytes}`, null]) {
        // From here on one connection is open, has prepared the statement, and the key is remembered.
        expect((await pay(`before-${bytes}-${idempotencyKey}`, null)).status).toBe(201);
        proxy.resetAfter(bytes);
        if (!(await loses(`reset-${bytes}-${idempotencyKey}`, idempotencyKey))) arrived++;
      }
    }
    progress(`${lost} answers cut off after 0, ${step}, ... bytes`);
    expect(lost).toBeGreaterThan(ANSWER_BYTES / step / 4);
    expect(arrived).toBeGreaterThan(0);

    for (const idempotencyKey of ["key-swallowed", null]) {
      proxy.swallowAnswers();
      expect(await loses(`swallowed-${idempotencyKey}`, idempotencyKey)).toBe(true);
    }
    // A connection would be made too late as well.
    expect((await pay("before-late", null)).status).toBe(201);
    proxy.delayAnswers(300);
    expect(await loses("late", "key-late")).toBe(false);

    const payers = using(new Payers({ url: api.url, apiKey: account.apiKey, ledger }), (running) => running.abandon());
    for (const end = performance.now() + seconds * 1_000; performance.now() < end; await sleep(50)) {
      proxy.resetAfter(Math.floor(Math.random() * ANSWER_BYTES));
    }
    await payers.stop();
    const { acknowledged } = kept(await ledger.compare(database.knex, account.id));
    return `${lost} lost answers, ${lost} times 503, then ${seconds} s of resets under load: ${acknowledged} acknowledged, 0 lost, 0 twice`;
  },
);
