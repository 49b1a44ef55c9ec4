import { expect } from "@jest/globals";
import { FAKE_WEBHOOK_SECRETS, FakeStripe } from "@payments/adapters-stripe/testing";
import { type PaymentId, toUuid } from "@payments/domain";
import { type ApiProcess, startApi } from "../support/api-process.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { until } from "../support/until.ts";
import {
  areNotificationsApplied,
  disagreements,
  listAll,
  onboard,
  stripeInLiveMode,
  stripeLedger,
} from "./support/charges.ts";
import { guarantee } from "./support/guarantee.ts";
import { metric } from "./support/metric.ts";
import { Random } from "./support/random.ts";
import { captureAtStripe, jsonOf, type StripeCaller, stripeCaller } from "./support/stripe-callers.ts";

const using = undoAfterEach();

const PATH = "/processor-webhooks/stripe";
/** The successor of the endpoint's secret, during a rotation. */
const NEXT_SECRET = "whsec_fake_next";
const TEN_MINUTES_MS = 600_000;
const SENDERS = 8;

type Event = Parameters<FakeStripe["sign"]>[0];

/** The headers and body of a signed webhook. */
interface Delivery {
  readonly body: string;
  readonly signature?: string;
}

/** An authentic event that says that the authorized payment is captured, with fields that the payment does not have. */
const capturedWith = (authorized: Event, id: string, intent: object, event: object): Event => {
  const object = { ...authorized.data.object, status: "succeeded", amount_received: 1_000, ...intent };
  return { ...authorized, id, type: "payment_intent.succeeded", data: { object }, ...event } as Event;
};

const signedWith = (secret: string, event: Event): Delivery =>
  new FakeStripe({ webhookSecrets: { platform: secret, connect: secret } }).sign(event);

const MISMATCHES = [
  { reason: "wrong-mode", intent: { livemode: false }, event: { livemode: false } },
  { reason: "wrong-amount", intent: { amount: 5_000, amount_received: 5_000 }, event: {} },
  { reason: "above-authorized", intent: { amount_received: 5_000 }, event: {} },
  { reason: "wrong-currency", intent: { currency: "usd" }, event: {} },
  { reason: "wrong-account", intent: {}, event: { account: "acct_1other" } },
] as const;

/** What a payment tells that is captured, in part or whole, and refunded. */
const STEPS = ["payment.created", "payment.authorized", "payment.succeeded", "refund.created", "refund.succeeded"];

/** Moves the payment out of sight, or back. */
const setVisible = async ({ knex }: TestDatabase, id: PaymentId, isVisible: boolean): Promise<void> => {
  const client = isVisible ? "rtrim(client_id, '-')" : "client_id || '-'";
  await knex.raw(`update charges set client_id = ${client} where payment_id = ?`, [toUuid(id)]);
};

guarantee(
  {
    id: "webhooks-disordered",
    says: "The processor's webhooks may come before the response, before the payment is visible, twice, under two ids, in any order, with equal timestamps, or while a request captures. Each payment ends as in the processor's ledger, with one event for each change. Altered, old and wrongly signed webhooks are refused. One of another mode, amount, currency or account changes nothing and is counted.",
    covers: "ASVS 5.0 2.3.3, 2.3.4, 9.1.1, 15.4.2 / CWE-294, CWE-345, CWE-362, CWE-841",
    short: { rounds: 6 },
    long: { rounds: 200 },
  },
  async ({ rounds }, { progress }) => {
    const fake = using(new FakeStripe(), (started) => started.stop());
    const apiBase = await fake.start();
    const proxy = using(await startTcpProxy(apiBase), (started) => started.close());
    const database = using(await createTestDatabase(), (created) => created.drop());
    const secrets = { STRIPE_WEBHOOK_SECRET: `${NEXT_SECRET},${FAKE_WEBHOOK_SECRETS.platform}` };
    const start = async () =>
      using(await startApi(database.url, { ...stripeInLiveMode(proxy.url), ...secrets }), (one) => one.end("SIGKILL"));
    const apis = [await start(), await start()] as const;
    const [api] = apis;
    fake.webhooks.url = api.url + PATH;
    const clients = [{ ...(await api.createClient()), account: null }, await onboard(api, fake)];
    const callers = clients.map((client) => using(stripeCaller(api.url, fake, client), (caller) => caller.close())) as [
      StripeCaller,
      StripeCaller,
    ];
    const deliver = async ({ body, signature }: Delivery, through: ApiProcess = api): Promise<number> => {
      const headers = signature === undefined ? {} : { "stripe-signature": signature };
      return (await through.request("POST", PATH, { body, headers })).status;
    };
    const untilApplied = () => until("the webhooks are applied", () => areNotificationsApplied(database.knex));

    // Before the response, which is on its way for a second.
    for (const caller of callers) {
      proxy.delayResponses(1_000);
      const response = caller.pay({ idempotencyKey: "early" });
      await until("the webhook is applied", async () => {
        const [payment] = jsonOf(await caller.request("/payments?idempotencyKey=early")).data;
        return payment?.status === "succeeded";
      });
      expect(await Promise.race([response, "none"])).toBe("none");
      expect(jsonOf(await response).status).toBe("succeeded");
      proxy.mend();
    }
    await fake.webhooks.idle();
    progress("webhooks before the response");

    // Before the payment is visible. Only the webhook tells of the capture.
    const [hidden, shown] = [callers[0], await callers[0].authorize()];
    await setVisible(database, shown.id as PaymentId, false);
    await captureAtStripe(apiBase, hidden, shown.id);
    await fake.webhooks.idle();
    await until(
      "the webhook is tried",
      async () => (await database.knex("processor_notifications").where("attempts", ">", 1)).length > 0,
    );
    await setVisible(database, shown.id as PaymentId, true);
    await untilApplied();
    expect(await hidden.read(shown.id)).toMatchObject({ status: "succeeded", amountCaptured: 1_000 });
    progress("webhooks before the payment");

    // While a request captures the same payment, and then twice, under two ids, in random order, with equal timestamps.
    fake.webhooks.delivery = "hold";
    for (let round = 1; round <= rounds; round++) {
      for (const caller of callers) {
        const { id } = await caller.authorize();
        const capture = caller.post(`/payments/${id}/capture`, round % 2 === 0 ? { amount: 600 } : {});
        await Promise.all([capture, captureAtStripe(apiBase, caller, id)]);
        await caller.post(`/payments/${id}/refunds`, { amount: 200 });
      }
      progress(`${round} of ${rounds} rounds`);
    }
    const random = new Random(rounds);
    const created = Math.floor(Date.now() / 1_000);
    const deliveries = callers
      .flatMap(({ ledger }) => ledger.events)
      .flatMap((event) => [event, event, { ...event, id: event.id.replace("evt_", "evt_again_") }])
      .map((event) => ({ at: random.next(), event: { ...event, created } }))
      .toSorted((one, other) => one.at - other.at);
    const waiting = deliveries.values();
    const deliverAll = async (through: ApiProcess) => {
      for (const { event } of waiting) expect(await deliver(fake.sign(event), through)).toBe(200);
    };
    await Promise.all(Array.from({ length: SENDERS }, (_, index) => deliverAll(apis[index % 2 === 0 ? 0 : 1])));
    await untilApplied();
    for (const caller of callers) {
      for (const { id } of await listAll(caller)) {
        const { data } = jsonOf(await caller.request(`/payments/${id}/events`));
        const types: string[] = data.map(({ type }: { readonly type: string }) => type);
        expect(new Set(types).size).toBe(types.length);
        expect(STEPS).toEqual(expect.arrayContaining(types));
      }
    }

    // Refused, and not stored.
    const [platform] = callers;
    const { id: untouched } = await platform.authorize();
    const authorized = platform.ledger.events.at(-1) as Event;
    const forged = capturedWith(authorized, "evt_forged", {}, {});
    const { body, signature } = fake.sign(forged);
    fake.advanceClock(-TEN_MINUTES_MS);
    const old = fake.sign(forged);
    fake.advanceClock(2 * TEN_MINUTES_MS);
    const early = fake.sign(forged);
    fake.advanceClock(-TEN_MINUTES_MS);
    const refused: Delivery[] = [
      { body },
      { body: body.replace('"amount_received":1000', '"amount_received":9000'), signature },
      signedWith("whsec_other", forged),
      old,
      early,
    ];
    for (const delivery of refused) expect(await deliver(delivery)).toBe(400);
    expect(await database.knex("processor_notifications").where({ id: "evt_forged" })).toEqual([]);
    expect(await platform.read(untouched)).toMatchObject({ status: "authorized", amountCaptured: 0 });
    expect(await deliver(signedWith(NEXT_SECRET, authorized))).toBe(200);

    // Authentic, but about something else than the payment.
    for (const { reason, intent, event } of MISMATCHES) {
      const { id } = await platform.authorize();
      const other = capturedWith(platform.ledger.events.at(-1) as Event, `evt_${reason}`, intent, event);
      expect(await deliver(fake.sign(other))).toBe(200);
      await untilApplied();
      expect(await platform.read(id)).toMatchObject({ status: "authorized", amountCaptured: 0 });
      const counts = await Promise.all(
        apis.map((one) => metric(one, `payment_discrepancies_total{reason="${reason}"}`)),
      );
      expect([reason, Math.max(...counts) > 0]).toEqual([reason, true]);
    }

    const payments = (await Promise.all(callers.map(listAll))).flat();
    expect(disagreements(stripeLedger(fake), payments)).toEqual([]);
    return `${deliveries.length} webhooks for ${payments.length} payments, which all agree with the ledger; ${refused.length} refused, ${MISMATCHES.length} counted as discrepancies`;
  },
);
