import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import {
  authenticate,
  closeDispute,
  FAKE_SECRET_KEYS,
  FAKE_WEBHOOK_SECRETS,
  FakeStripe,
} from "@payments/adapters-stripe/testing";
import { CLI, runProgram } from "../../../test/support/run-program.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService, type TestService } from "../../../test/support/test-service.ts";

const fake = new FakeStripe();
let database: TestDatabase;
let service: TestService;
let stripe: Record<string, string>;
let live: { "x-api-key": string };
beforeAll(async () => {
  database = await createTestDatabase();
  stripe = {
    PAYMENT_PROCESSOR: "stripe",
    STRIPE_SECRET_KEY: FAKE_SECRET_KEYS.live,
    STRIPE_WEBHOOK_SECRET: FAKE_WEBHOOK_SECRETS.platform,
    STRIPE_CONNECT_WEBHOOK_SECRET: FAKE_WEBHOOK_SECRETS.connect,
    STRIPE_API_BASE: await fake.start(),
  };
  service = await startService(database.url, stripe);
  live = { "x-api-key": (await service.createClient()).apiKey };
});
afterAll(async () => {
  await service.stop();
  await database.drop();
  await fake.stop();
});

const RETURN_URL = "https://shop.example/return";
const post = async (path: string, body: object = {}, headers: object = live, through = service) =>
  (await through.request("POST", path, { body, headers: { ...headers } })).body;
const pay = (fields: object, headers: object = live, through = service) =>
  post("/payments/create", { amount: 1_000, currency: "EUR", returnUrl: RETURN_URL, ...fields }, headers, through);
const read = async (id: string) => (await service.request("GET", `/payments/${id}`, { headers: live })).body;
const chargesOf = (paymentId: string) => fake.entries().filter(({ metadata }) => metadata["payment_id"] === paymentId);
const settled = async (id: string) => {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; ) {
    const payment = await read(id);
    if (payment.status !== "processing") return payment;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return read(id);
};

describe("a live client's payment through Stripe", () => {
  it("is charged, and Stripe's ledger agrees", async () => {
    const payment = await pay({ paymentMethod: "pm_card_visa" });
    expect(payment).toMatchObject({ mode: "live", status: "succeeded", amountCaptured: 1_000, failure: null });
    expect(await read(payment.id)).toEqual(payment);
    expect(chargesOf(payment.id)).toMatchObject([{ mode: "live", captured: 1_000, currency: "eur" }]);
  });

  it.each([
    ["pm_card_chargeDeclined", "card_declined"],
    ["pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"],
    ["pm_card_chargeDeclinedExpiredCard", "card_expired"],
    ["pm_card_chargeDeclinedIncorrectCvc", "payment_method_invalid"],
  ])("by %s fails with %s", async (paymentMethod, code) => {
    const payment = await pay({ paymentMethod });
    expect(payment).toMatchObject({ status: "failed", amountCaptured: 0, failure: { code } });
    expect(chargesOf(payment.id)).toMatchObject([{ captured: 0 }]);
  });

  it("is authorized, captured in part, and refunded twice but never above the captured amount", async () => {
    const { id, status } = await pay({ paymentMethod: "pm_card_visa", capture: "manual" });
    expect(status).toBe("authorized");
    expect((await post(`/payments/${id}/capture`, { amount: 1_001 })).code).toBe("amount-above-authorized");
    expect(await post(`/payments/${id}/capture`, { amount: 600 })).toMatchObject({ amountCaptured: 600 });
    expect(await post(`/payments/${id}/refunds`, { amount: 200 })).toMatchObject({ status: "succeeded" });
    expect((await post(`/payments/${id}/refunds`, { amount: 401 })).code).toBe("amount-above-captured");
    expect(await post(`/payments/${id}/refunds`)).toMatchObject({ amount: 400, status: "succeeded" });
    expect(await read(id)).toMatchObject({ status: "succeeded", amountCaptured: 600, amountRefunded: 600 });
    expect(chargesOf(id)).toMatchObject([{ captured: 600, refunded: 600 }]);
  });

  it("is canceled, and captured no more", async () => {
    const { id } = await pay({ paymentMethod: "pm_card_visa", capture: "manual" });
    expect(await post(`/payments/${id}/cancel`)).toMatchObject({ status: "canceled" });
    expect((await post(`/payments/${id}/capture`)).code).toBe("payment-not-capturable");
    expect(chargesOf(id)).toMatchObject([{ status: "canceled", captured: 0 }]);
  });

  it("without a payment method waits for the payer, with the client secret for Stripe.js", async () => {
    const payment = await pay({ returnUrl: undefined });
    const [charge] = chargesOf(payment.id);
    expect(payment).toMatchObject({
      status: "requires_action",
      nextAction: { type: "confirm", clientSecret: fake.ledger("live").intent(charge?.payment ?? "").client_secret },
    });
  });

  it("with a card that needs authentication redirects the payer", async () => {
    const payment = await pay({ paymentMethod: "pm_card_authenticationRequired" });
    expect(payment).toMatchObject({ status: "requires_action", nextAction: { type: "redirect" } });
  });

  it.each(["drop-before", "drop-after", "conflict", "rate-limit"] as const)(
    "is charged once after %s: the retry uses the same key",
    async (fault) => {
      fake.fail(fault);
      const payment = await pay({ paymentMethod: "pm_card_visa" });
      expect(payment).toMatchObject({ status: "processing", amountCaptured: 0 });
      expect(await settled(payment.id)).toMatchObject({ status: "succeeded", amountCaptured: 1_000 });
      expect(chargesOf(payment.id)).toMatchObject([{ captured: 1_000 }]);
    },
  );

  it("stays processing while Stripe replays a server error, and is charged once", async () => {
    fake.fail("error-after");
    const { id } = await pay({ paymentMethod: "pm_card_visa" });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await read(id)).toMatchObject({ status: "processing" });
    expect(chargesOf(id)).toMatchObject([{ captured: 1_000 }]);
  });
});

describe("a test client's payment", () => {
  it("is charged in the sandbox while only a live processor is configured", async () => {
    const headers = { "x-api-key": (await service.createClient("test")).apiKey };
    const before = fake.entries().length;
    expect(await pay({ paymentMethod: "pm_dispute" }, headers)).toMatchObject({ mode: "test", amountDisputed: 1_000 });
    expect(fake.entries()).toHaveLength(before);
  });

  it("is charged in Stripe's test mode with STRIPE_TEST_SECRET_KEY, and a live client's is not charged", async () => {
    const variables = { ...stripe, PAYMENT_PROCESSOR: "none", STRIPE_TEST_SECRET_KEY: FAKE_SECRET_KEYS.test };
    const other = await startService(database.url, variables);
    try {
      const headers = { "x-api-key": (await other.createClient("test")).apiKey };
      const { id, status } = await pay({ paymentMethod: "pm_card_visa" }, headers, other);
      expect(status).toBe("succeeded");
      expect(chargesOf(id)).toMatchObject([{ mode: "test", captured: 1_000 }]);
      expect((await pay({ paymentMethod: "pm_card_visa" }, live, other)).code).toBe("processor-not-configured");
    } finally {
      await other.stop();
    }
  });
});

describe("a webhook of Stripe", () => {
  const PATH = "/processor-webhooks/stripe";
  const deliver = (body: string, signature: string | null) =>
    service.request("POST", PATH, { body, headers: signature === null ? {} : { "stripe-signature": signature } });
  const stored = () => database.knex("processor_notifications").orderBy("received_at");
  const until = async <Value>(read: () => Promise<Value>, isDone: (value: Value) => boolean): Promise<Value> => {
    for (const deadline = Date.now() + 15_000; ; ) {
      const value = await read();
      if (isDone(value) || Date.now() > deadline) return value;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const payment = (
    id: string,
    isDone: (payment: { status: string; amountRefunded: number; failure: unknown }) => boolean,
  ) => until(() => read(id), isDone);
  const intentOf = (paymentId: string) => fake.ledger("live").intent(chargesOf(paymentId)[0]?.payment ?? "");

  beforeAll(() => {
    fake.webhooks.url = service.url + PATH;
  });
  afterEach(() => {
    fake.webhooks.delivery = "send";
  });

  it("tells the payment what the payer did in the browser", async () => {
    const { id } = await pay({ returnUrl: undefined });
    const { client_secret: secret, id: intent } = intentOf(id);
    await fetch(`${stripe["STRIPE_API_BASE"]}/v1/payment_intents/${intent}/confirm`, {
      method: "POST",
      headers: { authorization: `Bearer ${FAKE_SECRET_KEYS.live}` },
      body: new URLSearchParams({ client_secret: secret ?? "", payment_method: "pm_card_visa" }),
    });
    expect(await payment(id, ({ status }) => status === "succeeded")).toMatchObject({
      status: "succeeded",
      amountCaptured: 1_000,
      nextAction: null,
    });
  });

  it("leaves a payment open whose payer failed the authentication and can confirm again with the client secret", async () => {
    const { id, ...asked } = await pay({ paymentMethod: "pm_card_authenticationRequired", returnUrl: undefined });
    const { client_secret: clientSecret, id: intent } = intentOf(id);
    const nextAction = { type: "confirm", clientSecret };
    expect(asked).toMatchObject({ status: "requires_action", nextAction });
    authenticate(fake.ledger("live"), intent, false);
    expect(await payment(id, ({ failure }) => failure !== null)).toMatchObject({
      status: "requires_action",
      nextAction,
      failure: { code: "authentication_failed" },
    });
    await fetch(`${stripe["STRIPE_API_BASE"]}/v1/payment_intents/${intent}/confirm`, {
      method: "POST",
      headers: { authorization: `Bearer ${FAKE_SECRET_KEYS.live}` },
      body: new URLSearchParams({ client_secret: clientSecret ?? "", payment_method: "pm_card_visa" }),
    });
    expect(await payment(id, ({ status }) => status === "succeeded")).toMatchObject({ amountCaptured: 1_000 });
  });

  it("tells of an authentication that failed, of a dispute, and of a refund that failed later", async () => {
    const { id } = await pay({ paymentMethod: "pm_card_authenticationRequired" });
    authenticate(fake.ledger("live"), intentOf(id).id, false);
    expect(await payment(id, ({ status }) => status === "failed")).toMatchObject({
      failure: { code: "authentication_failed" },
    });

    const disputed = await pay({ paymentMethod: "pm_card_createDispute" });
    const withDispute = (amount: number) =>
      until(
        () => read(disputed.id),
        ({ amountDisputed }) => amountDisputed === amount,
      );
    expect((await withDispute(1_000)).amountDisputed).toBe(1_000);
    const [dispute] = [...fake.ledger("live").disputes.values()].slice(-1);
    closeDispute(fake.ledger("live"), dispute?.id ?? "", "won");
    expect((await withDispute(0)).amountDisputed).toBe(0);

    const refunded = await pay({ paymentMethod: "pm_card_refundFail" });
    await post(`/payments/${refunded.id}/refunds`, { amount: 300 });
    expect(await payment(refunded.id, ({ amountRefunded }) => amountRefunded === 0)).toMatchObject({
      amountRefunded: 0,
    });
  });

  it("changes nothing if it comes twice, in another order, or before the response", async () => {
    fake.webhooks.delivery = "hold";
    const { id } = await pay({ paymentMethod: "pm_card_visa", capture: "manual" });
    await post(`/payments/${id}/capture`, { amount: 600 });
    await post(`/payments/${id}/refunds`, { amount: 200 });
    const before = await read(id);
    await fake.webhooks.release("reversed", 2);
    await until(stored, (rows) => rows.every(({ outcome }) => outcome === "applied"));
    expect(await read(id)).toEqual(before);
    expect(before).toMatchObject({ amountCaptured: 600, amountRefunded: 200 });

    fake.fail("drop-after");
    fake.webhooks.delivery = "send";
    const early = await pay({ paymentMethod: "pm_card_visa" });
    expect(await payment(early.id, ({ status }) => status === "succeeded")).toMatchObject({ amountCaptured: 1_000 });
    expect(chargesOf(early.id)).toHaveLength(1);
  });

  it("is stored before it is acknowledged, as it came, and once", async () => {
    const { id } = await pay({ paymentMethod: "pm_card_visa" });
    const event = fake.ledger("live").events.findLast(({ type }) => type === "payment_intent.succeeded");
    if (event === undefined) throw new Error("no event");
    const { body, signature } = fake.sign({ ...event, id: "evt_by_hand" });
    for (let delivery = 0; delivery < 2; delivery++) expect((await deliver(body, signature)).status).toBe(200);
    const rows = (await stored()).filter(({ id: event }) => event === "evt_by_hand");
    expect(rows).toMatchObject([{ processor: "stripe", body }]);
    expect(await read(id)).toMatchObject({ amountCaptured: 1_000 });
  });

  it("of a type that does not concern payments is acknowledged and not stored", async () => {
    const { body, signature } = fake.sign({
      id: "evt_other",
      object: "event",
      livemode: true,
      created: 1,
      type: "customer.created",
      data: { object: {} },
    } as never);
    expect((await deliver(body, signature)).status).toBe(200);
    expect((await stored()).filter(({ id }) => id === "evt_other")).toEqual([]);
  });

  it("is refused with a wrong, missing or old signature, and nothing is stored", async () => {
    const event = { ...fake.ledger("live").events[0], id: "evt_forged" };
    const { body, signature } = fake.sign(event as never);
    const old = signature.replace(/t=\d+/, "t=1");
    for (const [altered, header, reason] of [
      [body, null, "has no signature"],
      [body.replace("evt_forged", "evt_f0rged"), signature, "matches none"],
      [body, old, "matches none"],
    ] as const) {
      const { status, body: problem } = await deliver(altered, header);
      expect([status, problem.code]).toEqual([400, "notification-not-authentic"]);
      expect(problem.detail).toContain(reason);
    }
    expect((await stored()).filter(({ id }) => /forged|f0rged/.test(id))).toEqual([]);
  });

  it("of the test mode does not touch a live payment: it is a discrepancy", async () => {
    const { id } = await pay({ paymentMethod: "pm_card_visa", capture: "manual" });
    const event = structuredClone(
      fake.ledger("live").events.findLast(({ type }) => type === "payment_intent.amount_capturable_updated"),
    ) as never as { data: { object: { livemode: boolean; status: string; amount_received: number } } };
    Object.assign(event, { id: "evt_test_mode", livemode: false, type: "payment_intent.succeeded" });
    Object.assign(event.data.object, { livemode: false, status: "succeeded", amount_received: 1_000 });
    const { body, signature } = fake.sign(event as never);
    expect((await deliver(body, signature)).status).toBe(200);
    await until(stored, (rows) => rows.every(({ outcome }) => outcome === "applied"));
    expect(await read(id)).toMatchObject({ status: "authorized", amountCaptured: 0 });
  });
});

it("a charged payment reads the same without a processor, and its changes are refused and not stored", async () => {
  const headers = { ...live, "Idempotency-Key": "before-the-processor-went" };
  const payment = await pay({ paymentMethod: "pm_card_visa" }, headers);
  const without = await startService(database.url);
  try {
    const get = async (path: string) => (await without.request("GET", path, { headers: live })).body;
    expect(await get(`/payments/${payment.id}`)).toEqual(payment);
    const { data } = await get("/payments?limit=100&status=succeeded");
    expect(data).toContainEqual(payment);
    expect(new Set(data.map(({ status }: { status: string }) => status))).toEqual(new Set(["succeeded"]));
    const repeated = await post("/payments/create", { amount: 1_000, currency: "EUR" }, headers, without);
    expect(repeated).toEqual(payment);
    const refund = await without.request("POST", `/payments/${payment.id}/refunds`, { body: {}, headers: live });
    expect([refund.status, refund.body.code]).toEqual([409, "processor-not-configured"]);
    expect((await get(`/payments/${payment.id}/refunds`)).data).toEqual([]);
  } finally {
    await without.stop();
  }
});

it("a token that Stripe does not know is a problem, and the payment has failed without a charge", async () => {
  const body = { amount: 1_000, currency: "EUR", returnUrl: RETURN_URL, paymentMethod: "pm_absent" };
  const { status, body: problem } = await service.request("POST", "/payments/create", { body, headers: live });
  expect([status, problem.code]).toEqual([400, "payment-method-unknown"]);
  expect(problem.detail).toMatch(/^The processor has no such payment method\./);
  const { data } = (await service.request("GET", "/payments?status=failed&limit=1", { headers: live })).body;
  expect(data).toMatchObject([{ status: "failed", failure: { code: "payment_method_unknown" } }]);
  expect(chargesOf(data[0].id)).toEqual([]);
});

describe("a client with a connected account", () => {
  const PATH = "/processor-webhooks/stripe";
  const onboard = async () => {
    const client = await service.createClient();
    const { status, body } = await service.asAdmin("POST", `/accounts/${client.id}/onboarding`);
    return { client, status, link: body };
  };
  const clientOf = async (id: string) => (await service.asAdmin("GET", `/accounts/${id}`)).body;
  const until = async (id: string, isDone: (client: { processorChargesEnabled: boolean }) => boolean) => {
    for (const deadline = Date.now() + 10_000; ; ) {
      const client = await clientOf(id);
      if (isDone(client) || Date.now() > deadline) return client;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  beforeAll(() => {
    fake.webhooks.url = service.url + PATH;
  });

  it("gets a link, then charges on its account with the platform's fee once Stripe allows them", async () => {
    const { client, status, link } = await onboard();
    expect([status, Object.keys(link)]).toEqual([201, ["url", "expiresAt"]]);
    expect(link.url).toMatch(/^https:\/\//);
    const { processorAccount: account, ...before } = await clientOf(client.id);
    expect([account, before.processorChargesEnabled]).toEqual([expect.stringMatching(/^acct_/), false]);
    const headers = { "x-api-key": client.apiKey };
    const early = await pay({ paymentMethod: "pm_card_visa" }, headers);
    expect(early).toMatchObject({ status: "failed", failure: { code: "processor_refused" } });
    expect(chargesOf(early.id)).toEqual([]);

    fake.accounts("live").complete(account);
    expect((await until(client.id, (now) => now.processorChargesEnabled)).processorChargesEnabled).toBe(true);
    await service.asAdmin("PATCH", `/accounts/${client.id}`, { fee: { basisPoints: 250, fixed: 30 } });
    const { id, status: paid } = await pay({ paymentMethod: "pm_card_visa", capture: "manual" }, headers);
    expect(paid).toBe("authorized");
    await post(`/payments/${id}/capture`, {}, headers);
    await post(`/payments/${id}/refunds`, { amount: 200 }, headers);
    expect(chargesOf(id)).toMatchObject([{ account, captured: 1_000, refunded: 200, fee: 55 }]);

    fake.accounts("live").deauthorize(account);
    expect((await until(client.id, (now) => !now.processorChargesEnabled)).processorChargesEnabled).toBe(false);
    const late = await pay({ paymentMethod: "pm_card_visa" }, headers);
    expect(late).toMatchObject({ status: "failed", failure: { code: "processor_refused" } });
    const again = await service.asAdmin("POST", `/accounts/${client.id}/onboarding`);
    expect([again.status, again.body.code]).toEqual([409, "processor-account-unavailable"]);
  });

  it("gets the same account for every request, and a new link each time", async () => {
    const { client, link } = await onboard();
    const { processorAccount } = await clientOf(client.id);
    const { body } = await service.asAdmin("POST", `/accounts/${client.id}/onboarding`);
    expect(body.url).not.toBe(link.url);
    expect((await clientOf(client.id)).processorAccount).toBe(processorAccount);
  });

  it("comes back with a token that is stored as a digest, and with no other", async () => {
    const { client } = await onboard();
    const { processorAccount: account } = await clientOf(client.id);
    const [urls] = fake.accounts("live").links.slice(-1);
    const visit = (url: string | undefined) => fetch(url ?? "", { redirect: "manual" });
    expect(urls?.returnUrl).toContain(service.url);
    expect(await (await visit(urls?.returnUrl)).text()).toContain("still checks your details");
    const refreshed = await visit(urls?.refreshUrl);
    expect([refreshed.status, refreshed.headers.get("location")]).toEqual([303, expect.stringContaining(account)]);

    fake.webhooks.delivery = "hold";
    fake.accounts("live").complete(account);
    expect(await (await visit(urls?.returnUrl)).text()).toContain("is connected");
    expect((await clientOf(client.id)).processorChargesEnabled).toBe(true);
    await fake.webhooks.release();
    fake.webhooks.delivery = "send";

    const token = new URL(urls?.returnUrl ?? "").searchParams.get("token") ?? "";
    const { rows } = await database.knex.raw("select row_to_json(t)::text as row from onboarding_tokens t");
    expect(JSON.stringify(rows)).not.toContain(token);
    const other = token.replace(/^./, (first) => (first === "_" ? "A" : "_"));
    const forged = await visit(urls?.returnUrl.replace(token, other));
    expect([forged.status, JSON.parse(await forged.text()).code]).toEqual([404, "onboarding-token-invalid"]);
    await database.knex("onboarding_tokens").update({ expires_at: new Date(0) });
    expect((await visit(urls?.refreshUrl)).status).toBe(404);
  });

  it("is not possible for a test client without Stripe's test mode", async () => {
    const { id } = await service.createClient("test");
    const { status, body } = await service.asAdmin("POST", `/accounts/${id}/onboarding`);
    expect([status, body.code]).toEqual([409, "processor-not-configured"]);
  });
});

describe("a service without Stripe", () => {
  it("returns 404 for Stripe's webhooks", async () => {
    const other = await startService(database.url);
    try {
      const { status, body } = await other.request("POST", "/processor-webhooks/stripe", { body: {} });
      expect([status, body.code]).toEqual([404, "not-found"]);
    } finally {
      await other.stop();
    }
  });
});

describe("the command reconcile", () => {
  const reconcile = (...args: string[]) => {
    const day = new Date().toISOString().slice(0, 10);
    const variables = { ...stripe, STRIPE_TEST_SECRET_KEY: FAKE_SECRET_KEYS.test, DATABASE_URL: database.url };
    return runProgram(CLI, variables, "reconcile", "--day", day, ...args);
  };
  const reconcileLive = async () => JSON.parse((await reconcile("--mode", "live", "--json")).stdout).modes[0];

  it("matches a partial capture and its refund with Stripe's balance, and reports a second booking", async () => {
    const { id } = await pay({ paymentMethod: "pm_card_visa", capture: "manual" });
    await post(`/payments/${id}/capture`, { amount: 600 });
    await post(`/payments/${id}/refunds`, { amount: 200 });
    const ledger = fake.ledger("live");
    const charge = ledger.chargeOf(ledger.intent(chargesOf(id)[0]?.payment ?? ""));
    const about = ({ differences }: { differences: { reference: string; paymentId: string | null }[] }) =>
      differences.filter(({ reference, paymentId }) => reference === charge?.id || paymentId === id);
    const before = await reconcileLive();
    expect(before.processor).toBe("stripe");
    expect(before.matched).toBeGreaterThan(10);
    expect(about(before)).toEqual([]);
    ledger.book("charge", charge ?? { id: "", currency: "" }, 600);
    expect(about(await reconcileLive())).toMatchObject([
      { kind: "capture", recorded: null, processor: { amount: 600 } },
    ]);
  });

  it("counts the sandbox's movements as not compared after a change to Stripe's test mode", async () => {
    const { apiKey } = await service.createClient("test");
    await pay({ paymentMethod: "pm_card_visa" }, { "x-api-key": apiKey });
    const { rows } = await database.knex.raw(
      "select from payment_facts where moved_at is not null and fact->>'reference' like 'sandbox%'",
    );
    expect(rows.length).toBeGreaterThan(0);
    const { stdout, stderr } = await reconcile("--mode", "test");
    expect(stdout).not.toContain("sandbox_");
    expect(stderr).toMatch(new RegExp(`test: ${rows.length} recorded movements? of another processor than stripe`));
    const { modes } = JSON.parse((await reconcile("--mode", "test", "--json")).stdout);
    expect(modes).toMatchObject([{ mode: "test", processor: "stripe", notCompared: rows.length }]);
  });
});
