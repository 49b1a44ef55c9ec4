import { expect } from "@jest/globals";
import { startApi } from "../support/api-process.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { disagreements, type ListedPayment, listAll, sandboxLedger } from "./support/charges.ts";
import { clientOf } from "./support/client-of.ts";
import { guarantee } from "./support/guarantee.ts";
import type { Reply } from "./support/send.ts";

const using = undoAfterEach();

const REFUNDS = 20;

const statusesOf = (replies: readonly Reply[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { status, body } of replies) {
    const name = status < 300 ? String(status) : `${status} ${JSON.parse(body).code}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

guarantee(
  {
    id: "refunds-at-once",
    says: "20 refunds of 300 at once of a captured 1000, across two API processes, refund exactly 900. Of a capture and a cancellation at once, exactly one takes effect. The processor's ledger agrees with every payment.",
    covers: "ASVS 5.0 2.3.3, 2.3.4, 15.4.2 / CWE-362, CWE-367, CWE-837",
    short: { rounds: 10 },
    long: { rounds: 200 },
  },
  async ({ rounds }, { progress }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const apis = [await startApi(database.url), await startApi(database.url)].map((api) =>
      using(api, (started) => started.end("SIGKILL")),
    );
    const client = await apis[0]?.createClient("test");
    const callers = apis.map((api) => using(clientOf(api.url, client ?? { apiKey: "" }), (own) => own.close()));
    const post = (index: number, path: string, body: object = {}) => {
      const caller = callers[index % callers.length] as (typeof callers)[number];
      return caller.request(path, { method: "POST", body });
    };
    const pay = async (capture: string): Promise<string> => {
      const body = { amount: 1_000, currency: "EUR", paymentMethod: "pm_card_visa", capture };
      return JSON.parse((await post(0, "/payments/create", body)).body).id;
    };
    let captured = 0;
    for (let round = 1; round <= rounds; round++) {
      const paid = await pay("automatic");
      const refunds = await Promise.all(
        Array.from({ length: REFUNDS }, (_, index) => post(index, `/payments/${paid}/refunds`, { amount: 300 })),
      );
      expect(statusesOf(refunds)).toEqual({ "201": 3, "409 amount-above-captured": REFUNDS - 3 });

      const authorized = await pay("manual");
      const [capture, cancel] = (await Promise.all([
        post(round, `/payments/${authorized}/capture`),
        post(round + 1, `/payments/${authorized}/cancel`),
      ])) as [Reply, Reply];
      expect([capture.status, cancel.status].toSorted()).toEqual([200, 409]);
      const winner: ListedPayment = JSON.parse(capture.status === 200 ? capture.body : cancel.body);
      expect(winner.status).toBe(capture.status === 200 ? "succeeded" : "canceled");
      if (capture.status === 200) captured += 1;
      progress(`${round} of ${rounds} rounds`);
    }
    const payments = await listAll(callers[0] as (typeof callers)[number]);
    expect(payments.length).toBe(2 * rounds);
    expect(disagreements(await sandboxLedger(database.knex), payments)).toEqual([]);
    expect(payments.filter(({ amountRefunded }) => amountRefunded === 900)).toHaveLength(rounds);
    const races = `${captured} captured and ${rounds - captured} canceled of ${rounds} races`;
    return `${rounds * REFUNDS} refunds of ${rounds} payments, 900 of 1000 refunded of each; ${races}`;
  },
);
