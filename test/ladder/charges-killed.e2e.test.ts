import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { type ApiProcess, startApi } from "../support/api-process.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { until } from "../support/until.ts";
import { brokenPromises, Chargers } from "./support/chargers.ts";
import { countUnresolved, disagreements, type ListedPayment, listAll, sandboxLedger } from "./support/charges.ts";
import { clientOf } from "./support/client-of.ts";
import { guarantee } from "./support/guarantee.ts";
import { holdTable } from "./support/held-table.ts";
import type { Reply } from "./support/send.ts";

const using = undoAfterEach();

const CONNECTIONS = 16;
/** The leases of killed processes end within half a minute. */
const SETTLE_TIMEOUT_MS = 120_000;

type Caller = ReturnType<typeof clientOf>;

/** A service, its callers, and a network between them that can swallow responses. */
interface Killable {
  readonly database: TestDatabase;
  readonly api: ApiProcess;
  readonly direct: Caller;
  readonly proxied: Caller;
  readonly proxy: TcpProxy;
}

const count = async ({ knex }: TestDatabase, table: string, where = "true"): Promise<number> => {
  const { rows } = await knex.raw(`select count(*)::integer as count from ${table} where ${where}`);
  return rows[0].count;
};

type Send = (caller: Caller) => Promise<Reply>;

/** Kills the service between two steps of the request, and starts it again. */
const KILLS: Readonly<Record<string, (killable: Killable, send: Send) => Promise<void>>> = {
  "before the operation is stored": async (killable, send) => {
    await killAtLock(killable, "payment_operations", send);
  },
  "between the operation and the call": async (killable, send) => {
    await killAtLock(killable, "sandbox_operations", send);
  },
  "between the call and its result": async (killable, send) => {
    await killAtLock(killable, "payment_facts", send);
  },
  "between the result and the response": async ({ database, api, proxied, proxy }, send) => {
    const settled = "state in ('succeeded', 'declined')";
    const before = await count(database, "payment_operations", settled);
    proxy.dropResponses();
    const lost = send(proxied).catch(() => null);
    await until("the result is stored", async () => (await count(database, "payment_operations", settled)) > before);
    await api.end("SIGKILL");
    proxy.mend();
    await lost;
    await api.restart();
  },
};

const killAtLock = async ({ database, api, direct }: Killable, table: string, send: Send): Promise<void> => {
  const held = await holdTable(database.knex, table, using);
  const lost = send(direct).catch(() => null);
  await until(`a statement waits for ${table}`, held.isWaitedFor);
  await api.end("SIGKILL");
  await held.release();
  await lost;
  await api.restart();
};

const post = (path: string, body: object, headers: Record<string, string> = {}): Send => {
  return (caller) => caller.request(path, { method: "POST", body, headers });
};

/** A request of each kind, on a payment of its own. */
const requestsOf = (killable: Killable, name: string): readonly (() => Promise<Send>)[] => {
  const pay = (key: string, capture: string) =>
    post(
      "/payments/create",
      { amount: 1_000, currency: "EUR", paymentMethod: "pm_card_visa", capture },
      { "idempotency-key": `${name} ${key}`.replaceAll(" ", "-") },
    );
  const paid = async (capture: string): Promise<ListedPayment> =>
    JSON.parse((await pay(`${capture} first`, capture)(killable.direct)).body);
  return [
    async () => pay("charge", "automatic"),
    async () => post(`/payments/${(await paid("manual")).id}/capture`, {}),
    async () => post(`/payments/${(await paid("automatic")).id}/refunds`, {}),
  ];
};

guarantee(
  {
    id: "charges-killed",
    says: "kill -9 of the API under charges, at random moments and between every two steps of a charge, a capture and a refund, leaves no payment that the processor, the service and its callers do not agree on. Each is charged once.",
    covers: "ASVS 5.0 2.3.3, 16.5.3 / CWE-362, CWE-460, CWE-837",
    short: { kills: 20 },
    long: { kills: 200 },
  },
  async ({ kills }, { progress }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const api = using(await startApi(database.url), (started) => started.end("SIGKILL"));
    const client = await api.createClient("test");
    const proxy = using(await startTcpProxy(api.url), (started) => started.close());
    const direct = using(clientOf(api.url, client), (own) => own.close());
    const proxied = using(clientOf(new URL(proxy.url).origin, client), (own) => own.close());
    const killable = { database, api, direct, proxied, proxy };

    let steps = 0;
    for (const [moment, kill] of Object.entries(KILLS)) {
      for (const request of requestsOf(killable, moment)) {
        const send = await request();
        await kill(killable, send);
        // A charge is replayed. A capture or refund that took effect, or may have, is refused.
        expect([200, 201, 409]).toContain((await send(direct)).status);
        steps += 1;
      }
      progress(`killed ${moment}`);
    }

    const chargers = using(new Chargers(api.url, client, CONNECTIONS), (running) => running.abandon());
    for (let round = 1; round <= kills; round++) {
      const before = chargers.told.length;
      await sleep(100 + Math.random() * 300);
      await until("payments are charged", () => chargers.told.length > before);
      await api.end("SIGKILL");
      await api.restart();
      progress(`${round} of ${kills} kills, ${chargers.told.length} responses`);
    }
    await chargers.stop();
    const stopped = performance.now();
    await until(
      "all operations are settled",
      async () => (await countUnresolved(database.knex)) === 0,
      SETTLE_TIMEOUT_MS,
    );
    const settledMs = performance.now() - stopped;

    const payments = await listAll(direct);
    expect(chargers.unexpected).toEqual([]);
    expect(disagreements(await sandboxLedger(database.knex), payments)).toEqual([]);
    expect(brokenPromises(chargers.told, payments)).toEqual([]);
    expect(payments.filter(({ status }) => status === "processing")).toEqual([]);
    expect(payments.filter(({ amountRefunded }) => amountRefunded === 1_000)).toHaveLength(Object.keys(KILLS).length);
    return `${kills} kills at random and ${steps} between two steps: ${payments.length} payments, each charged once; settled ${Math.round(settledMs / 1_000)} s after the load`;
  },
);
