import { describe, expect, it } from "@jest/globals";
import { expectError, expectOk, FixedClock, processorNotificationsContract } from "@payments/domain/testing";
import Stripe from "stripe";
import { StripeNotifications } from "../src/index.ts";
import { FAKE_WEBHOOK_SECRETS, FakeStripe } from "../testing/index.ts";

const now = new FixedClock().now();
const fake = new FakeStripe({ now: () => now });
const PAYMENT_ID = "pay_01kdy42ag0e009retbhbxzcsj2";

const notifications = new StripeNotifications({
  platform: [FAKE_WEBHOOK_SECRETS.platform],
  connect: [FAKE_WEBHOOK_SECRETS.connect],
});

const signed = (body: string, secret: string = FAKE_WEBHOOK_SECRETS.platform) => ({
  rawBody: Buffer.from(body),
  headers: {
    "stripe-signature": Stripe.webhooks.generateTestHeaderString({
      payload: body,
      secret,
      timestamp: Math.floor(now.getTime() / 1_000),
    }),
  },
});

const anEvent = (type: string, object: object, more: object = {}) => ({
  id: "evt_1",
  object: "event",
  created: 1_767_323_045,
  livemode: false,
  type,
  data: { object },
  ...more,
});

const INTENT = {
  id: "pi_1",
  object: "payment_intent",
  status: "succeeded",
  amount: 1_000,
  amount_received: 400,
  currency: "eur",
  created: 1_767_323_045,
  livemode: false,
  latest_charge: "ch_1",
  last_payment_error: null,
  next_action: null,
  client_secret: "pi_1_secret_1",
  metadata: { payment_id: PAYMENT_ID, client_id: "client-1", confirmation: "server" },
};
const at = new Date(INTENT.created * 1_000);
const money = (amount: bigint, currency = "EUR") => ({ amount, currency });
const origin = (reference: string, account: string | null = null) => ({
  reference,
  mode: "test",
  account,
  occurredAt: at,
});

processorNotificationsContract(async () => ({
  notifications,
  sent: signed(JSON.stringify(anEvent("payment_intent.succeeded", INTENT))),
  says: [
    {
      type: "facts",
      id: "evt_1",
      payment: "pi_1",
      owner: { paymentId: PAYMENT_ID, clientId: "client-1" },
      facts: [
        { type: "authorized", money: money(1_000n), ...origin("ch_1") },
        { type: "captured", money: money(400n), ...origin("ch_1") },
      ],
    },
  ] as never,
  unrelated: signed(JSON.stringify(anEvent("customer.created", { id: "cus_1", object: "customer" }))),
  malformed: signed("{}"),
  signatureHeader: "stripe-signature",
  now,
  toleranceMs: 300_000,
}));

const read = (event: object, secret?: string) => {
  const { rawBody, headers } = signed(JSON.stringify(event), secret);
  return notifications.read(rawBody, headers, now);
};
const factsIn = (event: object) =>
  expectOk(read(event)).flatMap((notification) => (notification.type === "facts" ? notification.facts : []));

describe("the signature", () => {
  it("is accepted from the platform's endpoint and from that for connected accounts, and from no other", () => {
    const event = anEvent("payment_intent.succeeded", INTENT);
    for (const secret of Object.values(FAKE_WEBHOOK_SECRETS)) expect(read(event, secret).isOk()).toBe(true);
    expect(expectError(read(event, "whsec_other"))).toMatchObject({ reason: "signature-wrong" });
  });

  it("is accepted with the old and with the new secret during a rotation", () => {
    const rotating = new StripeNotifications({ platform: ["whsec_new", "whsec_old"], connect: [] });
    for (const [secret, isAccepted] of [
      ["whsec_new", true],
      ["whsec_old", true],
      ["whsec_older", false],
    ] as const) {
      const { rawBody, headers } = signed(JSON.stringify(anEvent("payment_intent.succeeded", INTENT)), secret);
      expect(rotating.read(rawBody, headers, now).isOk()).toBe(isAccepted);
    }
  });

  it("is wrong where the header has no form that Stripe uses", () => {
    const body = Buffer.from(JSON.stringify(anEvent("payment_intent.succeeded", INTENT)));
    for (const header of ["", "nonsense", "t=1", "v1=abc", `t=${now.getTime()},v0=abc`]) {
      const error = expectError(notifications.read(body, { "stripe-signature": header }, now));
      expect(error).toMatchObject({ reason: "signature-wrong" });
    }
  });

  it("of an old event stays old if the header gains a second timestamp", () => {
    const body = JSON.stringify(anEvent("payment_intent.succeeded", INTENT));
    const seconds = Math.floor(now.getTime() / 1_000);
    const old = Stripe.webhooks.generateTestHeaderString({
      payload: body,
      secret: FAKE_WEBHOOK_SECRETS.platform,
      timestamp: seconds - 301,
    });
    for (const header of [`t=${seconds},${old}`, `t=${seconds}, ${old}`, `${old},t=${seconds}`]) {
      expect(notifications.read(Buffer.from(body), { "stripe-signature": header }, now).isErr()).toBe(true);
    }
    expect(
      expectError(notifications.read(Buffer.from(body), { "stripe-signature": `t=${seconds},${old}` }, now)),
    ).toEqual({ type: "notification-not-authentic", reason: "timestamp-outside-tolerance" });
  });

  it.each([
    ["no object", anEvent("payment_intent.succeeded", null as never)],
    ["an empty object", anEvent("payment_intent.succeeded", {})],
    ["no currency", anEvent("payment_intent.succeeded", { ...INTENT, currency: null })],
    ["a fractional amount", anEvent("payment_intent.succeeded", { ...INTENT, amount_received: 1.5 })],
    ["an amount as text", anEvent("payment_intent.succeeded", { ...INTENT, amount_received: "1e3" })],
    ["a NUL in its id", anEvent("payment_intent.succeeded", INTENT, { id: "evt_\u0000" })],
  ])("does not make an event with %s well-formed", (_, event) => {
    expect(expectError(read(event))).toEqual({ type: "notification-malformed" });
  });

  it("is made by the fake for the endpoint that the event belongs to", () => {
    fake.ledger("live").emit("payment_intent.succeeded", { ...INTENT, livemode: true });
    fake.ledger("test", "acct_1").emit("payment_intent.succeeded", INTENT);
    for (const [mode, account] of [
      ["live", null],
      ["test", "acct_1"],
    ] as const) {
      const event = fake.ledger(mode, account).events[0];
      const { body, signature } = fake.sign(event as Stripe.Event);
      const [notification] = expectOk(notifications.read(Buffer.from(body), { "stripe-signature": signature }, now));
      expect(notification).toMatchObject({
        facts: [
          { mode, account },
          { mode, account },
        ],
      });
    }
  });
});

describe("an event", () => {
  it("of a live payment gives live facts, and of a connected account facts of that account", () => {
    const event = anEvent(
      "payment_intent.succeeded",
      { ...INTENT, livemode: true },
      { livemode: true, account: "acct_1" },
    );
    for (const fact of factsIn(event)) expect(fact).toMatchObject({ mode: "live", account: "acct_1" });
  });

  it.each([
    ["payment_intent.amount_capturable_updated", { status: "requires_capture", amount_received: 0 }, ["authorized"]],
    ["payment_intent.canceled", { status: "canceled", amount_received: 0, canceled_at: 1_767_323_045 }, ["canceled"]],
    [
      "payment_intent.canceled",
      { status: "canceled", amount_received: 0, canceled_at: 1_767_323_045, cancellation_reason: "automatic" },
      ["expired"],
    ],
    ["payment_intent.processing", { status: "processing", amount_received: 0 }, ["processing"]],
    ["payment_intent.requires_action", { status: "requires_action", amount_received: 0 }, ["action-required"]],
  ])("%s gives %j: %j", (type, change, types) => {
    expect(factsIn(anEvent(type, { ...INTENT, ...change })).map((fact) => fact.type)).toEqual(types);
  });

  it("of a decline names the reason, and is final only if the payer has no second attempt", () => {
    const error = { code: "card_declined", decline_code: "insufficient_funds", charge: "ch_2" };
    const declined = { ...INTENT, status: "requires_payment_method", amount_received: 0, last_payment_error: error };
    const inBrowser = { ...declined, metadata: { ...INTENT.metadata, confirmation: "browser" } };
    for (const [intent, final] of [
      [declined, true],
      [inBrowser, false],
    ] as const) {
      expect(factsIn(anEvent("payment_intent.payment_failed", intent))).toContainEqual({
        type: "declined",
        code: "insufficient_funds",
        final,
        ...origin("ch_2"),
      });
    }
  });

  it("of a refund names our refund, if it came from this service", () => {
    const refund = {
      id: "re_1",
      object: "refund",
      amount: 300,
      currency: "eur",
      created: INTENT.created,
      payment_intent: "pi_1",
    };
    const metadata = { payment_id: PAYMENT_ID, refund_id: "re_01kdy42ag0e009retbhbxzcsj2" };
    for (const [status, type] of [
      ["pending", "refund-pending"],
      ["requires_action", "refund-pending"],
      ["succeeded", "refund-succeeded"],
      ["failed", "refund-failed"],
      ["canceled", "refund-failed"],
    ]) {
      expect(factsIn(anEvent("refund.updated", { ...refund, status, metadata }))).toEqual([
        { type, money: money(300n), refundId: metadata.refund_id, ...origin("re_1") },
      ]);
    }
    expect(factsIn(anEvent("refund.created", { ...refund, status: "succeeded", metadata: null }))).toMatchObject([
      { refundId: null },
    ]);
  });

  it("of a dispute opens and closes it; an inquiry withholds nothing", () => {
    const dispute = {
      id: "dp_1",
      object: "dispute",
      amount: 400,
      currency: "eur",
      created: INTENT.created,
      livemode: false,
      payment_intent: "pi_1",
    };
    const typesAt = (status: string) =>
      factsIn(anEvent("charge.dispute.updated", { ...dispute, status })).map((fact) =>
        fact.type === "dispute-closed" ? fact.outcome : fact.type,
      );
    expect(typesAt("needs_response")).toEqual(["dispute-opened"]);
    expect(typesAt("won")).toEqual(["dispute-opened", "won"]);
    expect(typesAt("lost")).toEqual(["dispute-opened", "lost"]);
    expect(typesAt("warning_needs_response")).toEqual([]);
    expect(typesAt("prevented")).toEqual([]);
  });

  it.each(["account.updated", "account.application.deauthorized"])("%s names the connected account", (type) => {
    const says = [{ type: "account-changed", id: "evt_1", mode: "test", account: "acct_1" }];
    expect(expectOk(read(anEvent(type, { id: "acct_1", object: "account" }, { account: "acct_1" })))).toEqual(says);
  });
});
