import { expect } from "@jest/globals";
import { startApi } from "../support/api-process.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { disagreements, listAll, sandboxLedger } from "./support/charges.ts";
import { clientOf } from "./support/client-of.ts";
import { guarantee } from "./support/guarantee.ts";
import type { Reply } from "./support/send.ts";

const using = undoAfterEach();

const REPEATS = 20;

const jsonOf = ({ body }: Reply) => JSON.parse(body);
const isReplay = ({ headers }: Reply): boolean => headers["idempotent-replayed"] === "true";

guarantee(
  {
    id: "changes-repeated",
    says: "20 parallel repeats of a capture and of a refund with one idempotency key each, across two API processes, capture once and refund once. The key with another body, or for another payment, is a 422. The processor's ledger agrees with every payment.",
    covers: "ASVS 5.0 2.3.3, 2.3.4, 15.4.2 / CWE-362, CWE-837",
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
    const post = (index: number, path: string, body: object, key?: string) => {
      const caller = callers[index % callers.length] as (typeof callers)[number];
      return caller.request(path, {
        method: "POST",
        body,
        headers: key === undefined ? {} : { "idempotency-key": key },
      });
    };
    const repeat = async (path: string, body: object, key: string, status: number) => {
      const replies = await Promise.all(Array.from({ length: REPEATS }, (_, index) => post(index, path, body, key)));
      expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([status]));
      expect(replies.filter((reply) => !isReplay(reply))).toHaveLength(1);
      return new Set(replies.map((reply) => jsonOf(reply).id));
    };
    let former: string | undefined;
    for (let round = 1; round <= rounds; round++) {
      const body = { amount: 1_000, currency: "EUR", paymentMethod: "pm_card_visa", capture: "manual" };
      const { id } = jsonOf(await post(0, "/payments/create", body));
      const [capture, refund] = [`/payments/${id}/capture`, `/payments/${id}/refunds`];
      expect(await repeat(capture, { amount: 700 }, `capture-${round}`, 200)).toEqual(new Set([id]));
      expect((await repeat(refund, { amount: 300 }, `refund-${round}`, 201)).size).toBe(1);
      const others = [
        await post(round, refund, { amount: 301 }, `refund-${round}`),
        await post(round, refund, { amount: 300 }, `capture-${round}`),
        await post(round, `/payments/${former ?? id}/refunds`, { amount: 1 }, `capture-${round}`),
      ];
      expect(others.map(({ status }) => status)).toEqual([422, 422, 422]);
      former = id;
      progress(`${round} of ${rounds} rounds`);
    }
    const payments = await listAll(callers[0] as (typeof callers)[number]);
    expect(payments.length).toBe(rounds);
    for (const payment of payments) expect(payment).toMatchObject({ amountCaptured: 700, amountRefunded: 300 });
    expect(disagreements(await sandboxLedger(database.knex), payments)).toEqual([]);
    return `${rounds * REPEATS * 2} requests, ${rounds} captures and ${rounds} refunds; ${rounds * 3} of ${rounds * 3} other requests refused`;
  },
);
