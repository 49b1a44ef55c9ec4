import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { UuidV7Generator } from "@payments/adapters-crypto";
import { type Knex, KnexPaymentRepository } from "@payments/adapters-postgres";
import { type ClientId, rehydrateStoredApiKey, toUuid } from "@payments/domain";
import { aPayment, expectOk } from "@payments/domain/testing";
import { startApi } from "../support/api-process.ts";
import { untilEventsAreBelowHorizon } from "../support/insert-event.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { clientOf } from "./support/client-of.ts";
import { followFeed, storedEvents } from "./support/feed.ts";
import { guarantee } from "./support/guarantee.ts";
import { Ledger } from "./support/ledger.ts";
import { Payers } from "./support/payers.ts";

const using = undoAfterEach();

const SLOW_WRITERS = 4;
const LONGEST_TRANSACTION_MS = 200;
const PAGE_SIZES = [3, 25, 100];

/** Stores payments in transactions that stay open for a while. Every third one is rolled back. */
const writeSlowly = async (knex: Knex, clientId: ClientId, isOver: () => boolean) => {
  const client = await knex("clients").where({ id: clientId }).first("api_key");
  const credential = rehydrateStoredApiKey(client.api_key);
  const ids = new UuidV7Generator();
  const written = { committed: [] as string[], rolledBack: [] as string[] };
  const write = async (): Promise<void> => {
    for (let round = 1; !isOver(); round++) {
      const trx = await knex.transaction();
      const payment = aPayment({ uuid: ids.next(), clientId });
      expectOk(await new KnexPaymentRepository(trx).create(payment, credential, null, "live"));
      await sleep(Math.random() * LONGEST_TRANSACTION_MS);
      const isKept = round % 3 !== 0;
      await (isKept ? trx.commit() : trx.rollback());
      written[isKept ? "committed" : "rolledBack"].push(toUuid(payment.id));
    }
  };
  await Promise.all(Array.from({ length: SLOW_WRITERS }, write));
  return written;
};

guarantee(
  {
    id: "feed-readers",
    says: "Three readers follow the feed across two API processes under load, while slow transactions commit and roll back. Each reader gets exactly the rows of the table, in their order, without a gap or a duplicate. A rolled-back change leaves no event.",
    covers: "ASVS 5.0 2.3.3, 15.4.2 / CWE-362, CWE-367",
    short: { seconds: 4 },
    long: { seconds: 120 },
  },
  async ({ seconds }, { progress }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const apis = await Promise.all([startApi(database.url), startApi(database.url)]);
    using(apis, (both) => Promise.all(both.map((api) => api.end("SIGKILL"))));
    const [api] = apis;
    const client = await api.createClient();
    const callers = apis.map(({ url }) => using(clientOf(url, client), (own) => own.close()));
    let [isWriting, isComplete] = [true, false];
    const readers = PAGE_SIZES.map((limit) => {
      let pages = 0;
      // The pages of one reader come from both processes in turn.
      const request = (path: string) => (callers[pages++ % 2] as (typeof callers)[number]).request(path);
      return followFeed(request, limit, () => isComplete);
    });
    const payers = apis.map(({ url }) =>
      using(new Payers({ url, apiKey: client.apiKey, ledger: new Ledger(), connections: 8 }), (own) => own.abandon()),
    );
    const writing = writeSlowly(database.knex, client.id as ClientId, () => !isWriting);
    await sleep(seconds * 1_000);
    isWriting = false;
    const { committed, rolledBack } = await writing;
    for (const own of payers) await own.stop();
    await untilEventsAreBelowHorizon(database.knex);
    isComplete = true;
    const seen = await Promise.all(readers);
    const stored = await storedEvents(database.knex, client.id);
    progress(`${stored.length} events`);
    const paymentsOfEvents = new Set(stored.map(({ data }) => toUuid((data.object as { id: string }).id)));
    const payments: readonly { id: string }[] = await database.knex("payments").select("id");
    expect(paymentsOfEvents).toEqual(new Set(payments.map(({ id }) => id)));
    expect(stored).toHaveLength(payments.length);
    expect(committed.filter((id) => !paymentsOfEvents.has(id))).toEqual([]);
    expect(rolledBack.filter((id) => paymentsOfEvents.has(id))).toEqual([]);
    expect(rolledBack.length).toBeGreaterThan(0);
    for (const events of seen) expect(events).toEqual(stored);
    return `${stored.length} events, ${committed.length} of them by slow transactions; ${PAGE_SIZES.length} of ${PAGE_SIZES.length} readers got all of them in order; ${rolledBack.length} changes rolled back, 0 with an event`;
  },
);
