import { expect } from "@jest/globals";
import { closeDispute, FakeStripe, openDispute, settleRefund } from "@payments/adapters-stripe/testing";
import { startApi } from "../support/api-process.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { until } from "../support/until.ts";
import { disagreements, listAll, onboard, stripeInLiveMode, stripeLedger } from "./support/charges.ts";
import { guarantee } from "./support/guarantee.ts";
import type { Reply } from "./support/send.ts";
import { jsonOf, type StripeCaller, type StripeClient, stripeCaller } from "./support/stripe-callers.ts";

const using = undoAfterEach();

const WEEK_MS = 7 * 24 * 3_600_000;

const created = (replies: readonly Reply[]): number => replies.filter(({ status }) => status < 300).length;

/** One client through two processes. */
type Pair = readonly [StripeCaller, StripeCaller];

guarantee(
  {
    id: "charges-contested",
    says: "Refunds at once never exceed the captured amount, and of a capture and a cancellation at once one takes effect. An authorization that expires, a refund that fails later, a dispute after a full refund, a won dispute, an account disabled during a payment, a key revoked between accept and charge, and two clients with one idempotency key on one platform account leave each payment as the processor's ledger has it.",
    covers: "ASVS 5.0 2.3.3, 2.3.4, 7.4.1, 15.4.2 / CWE-362, CWE-367, CWE-837, CWE-841",
    short: { rounds: 3 },
    long: { rounds: 100 },
  },
  async ({ rounds }, { progress }) => {
    const fake = using(new FakeStripe(), (started) => started.stop());
    const proxy = using(await startTcpProxy(await fake.start()), (started) => started.close());
    const database = using(await createTestDatabase(), (dropped) => dropped.drop());
    const start = async () =>
      using(await startApi(database.url, stripeInLiveMode(proxy.url)), (one) => one.end("SIGKILL"));
    const [api, second] = [await start(), await start()];
    fake.webhooks.url = `${second.url}/processor-webhooks/stripe`;
    const callersOf = (client: StripeClient): Pair =>
      [api, second].map(({ url }) =>
        using(stripeCaller(url, fake, client), (caller) => caller.close()),
      ) as unknown as Pair;
    const onPlatform = async () => ({ ...(await api.createClient()), account: null });
    const clients = [await onPlatform(), await onPlatform(), await onboard(api, fake)] as const;
    const [one, other, onAccount] = clients.map(callersOf) as [Pair, Pair, Pair];
    const untilStored = (caller: StripeCaller, id: string, wanted: object) =>
      until(`${id} is ${JSON.stringify(wanted)}`, async () => {
        const payment = await caller.read(id);
        return Object.entries(wanted).every(([name, value]) => payment[name as keyof typeof payment] === value);
      });

    const refundAtOnce = async ([first, last]: Pair): Promise<void> => {
      const { id } = jsonOf(await first.pay());
      const callers = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? first : last));
      const replies = await Promise.all(
        callers.map((caller) => caller.post(`/payments/${id}/refunds`, { amount: 300 })),
      );
      expect(created(replies)).toBe(3);
      expect(await last.read(id)).toMatchObject({ amountRefunded: 900 });
    };

    const captureOrCancel = async ([first, last]: Pair): Promise<void> => {
      const { id } = await first.authorize();
      const replies = await Promise.all([first.post(`/payments/${id}/capture`), last.post(`/payments/${id}/cancel`)]);
      expect(created(replies)).toBe(1);
      const status = created(replies.slice(0, 1)) === 1 ? "succeeded" : "canceled";
      expect(await first.read(id)).toMatchObject({ status });
    };

    /** Stripe cancels the authorization after a week. The second one expires while a request captures it. */
    const expire = async ([first, last]: Pair): Promise<void> => {
      fake.advanceClock(-WEEK_MS);
      const [{ id }, { id: contested }] = [await first.authorize(), await first.authorize()];
      const capture = last.post(`/payments/${contested}/capture`);
      fake.advanceClock(WEEK_MS);
      await untilStored(last, id, { status: "expired", amountCaptured: 0 });
      expect((await last.post(`/payments/${id}/capture`)).status).toBe(409);
      await capture;
      const isCaptured = first.intentOf(contested).status === "succeeded";
      await untilStored(first, contested, { status: isCaptured ? "succeeded" : "expired" });
    };

    const failRefundLater = async ([first, last]: Pair): Promise<void> => {
      const { id } = jsonOf(await first.pay());
      const refund = jsonOf(await first.post(`/payments/${id}/refunds`));
      expect(refund).toMatchObject({ amount: 1_000, status: "succeeded" });
      settleRefund(first.ledger, [...first.ledger.refunds.keys()].at(-1) ?? "", "failed");
      await untilStored(last, id, { amountRefunded: 0 });
      expect(jsonOf(await last.request(`/refunds/${refund.id}`))).toMatchObject({ status: "failed" });
      expect(jsonOf(await last.post(`/payments/${id}/refunds`))).toMatchObject({ amount: 1_000, status: "succeeded" });
    };

    const dispute = async ([first, last]: Pair): Promise<void> => {
      const [{ id: refunded }, { id: captured }] = [jsonOf(await first.pay()), jsonOf(await first.pay())];
      jsonOf(await first.post(`/payments/${refunded}/refunds`));
      for (const id of [refunded, captured]) {
        const { id: reference } = openDispute(first.ledger, first.intentOf(id).id);
        await untilStored(last, id, { amountDisputed: 1_000 });
        expect((await last.post(`/payments/${id}/refunds`, { amount: 1 })).status).toBe(409);
        closeDispute(first.ledger, reference, "won");
        await untilStored(last, id, { amountDisputed: 0 });
      }
      expect((await last.post(`/payments/${refunded}/refunds`, { amount: 1 })).status).toBe(409);
      expect(jsonOf(await last.post(`/payments/${captured}/refunds`))).toMatchObject({ status: "succeeded" });
    };

    /** Both requests have the same key at the same time. Each client has a payment of its own. */
    const shareKey = async (round: number): Promise<void> => {
      const idempotencyKey = `order-${round}`;
      const replies = await Promise.all([...one, ...other].map((caller) => caller.pay({ idempotencyKey })));
      const ids = replies.map((reply) => jsonOf(reply).id);
      expect([ids[0], ids[2]]).toEqual([ids[1], ids[3]]);
      expect(new Set(ids).size).toBe(2);
    };

    const countOperations = async (): Promise<number> => (await database.knex("payment_operations")).length;
    /** Between the stored operation and the call. */
    const duringCall = async (caller: StripeCaller, change: () => Promise<unknown>): Promise<Reply> => {
      const before = await countOperations();
      proxy.hold();
      const response = caller.pay();
      await until("the operation is stored", async () => (await countOperations()) > before);
      await change();
      proxy.mend();
      return response;
    };

    for (let round = 1; round <= rounds; round++) {
      for (const pair of [one, onAccount]) {
        await refundAtOnce(pair);
        await captureOrCancel(pair);
        await expire(pair);
        await failRefundLater(pair);
        await dispute(pair);
      }
      await shareKey(round);
      progress(`${round} of ${rounds} rounds`);
    }

    const revoked = await onPlatform();
    const [whileRevoked] = callersOf(revoked);
    const accepted = await duringCall(whileRevoked, async () => {
      expect((await api.asAdmin("DELETE", `/accounts/${revoked.id}/api-key`)).status).toBe(204);
    });
    expect(jsonOf(accepted)).toMatchObject({ status: "succeeded", amountCaptured: 1_000 });
    expect((await whileRevoked.pay()).status).toBe(401);
    expect(whileRevoked.intentOf(jsonOf(accepted).id).amount_received).toBe(1_000);

    const { id: authorized } = await onAccount[0].authorize();
    const refused = await duringCall(onAccount[0], async () => {
      fake.accounts("live").disable(clients[2].account);
    });
    expect(jsonOf(refused)).toMatchObject({ status: "failed", failure: { code: "processor_refused" } });
    expect(() => onAccount[0].intentOf(jsonOf(refused).id)).toThrow();
    jsonOf(await onAccount[1].post(`/payments/${authorized}/capture`));
    await fake.webhooks.idle();
    const { body: client } = await api.asAdmin("GET", `/accounts/${clients[2].id}`);
    expect(client.processorChargesEnabled).toBe(false);

    const payments = (await Promise.all([one, other, onAccount].map(([caller]) => listAll(caller)))).flat();
    const revokedPayment = (await api.asAdmin("GET", `/accounts/${revoked.id}/payments`)).body.data;
    const charged = [...payments, ...revokedPayment].filter(({ id }) => id !== jsonOf(refused).id);
    expect(disagreements(stripeLedger(fake), charged)).toEqual([]);
    return `${rounds} rounds on the platform's account and a connected one: ${charged.length} payments, which all agree with the ledger`;
  },
);
