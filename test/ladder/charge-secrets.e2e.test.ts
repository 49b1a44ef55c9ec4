import { expect } from "@jest/globals";
import { FAKE_SECRET_KEYS, FAKE_WEBHOOK_SECRETS, FakeStripe } from "@payments/adapters-stripe/testing";
import { formsOf } from "../../scripts/find-secrets.mjs";
import { startApi } from "../support/api-process.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { until } from "../support/until.ts";
import { stripeInLiveMode } from "./support/charges.ts";
import { guarantee } from "./support/guarantee.ts";
import { jsonOf, stripeCaller } from "./support/stripe-callers.ts";

const using = undoAfterEach();

/** Each card number is sent in one place only, so that a finding tells which. */
const CARDS = {
  "in a field": "4242424242424242",
  "in a nested field": "5555555555554444",
  "in place of a token": "378282246310005",
  "with hyphens in place of a token": "6011-1111-1111-1117",
  "in a path": "30569309025904",
  "in a query": "6200000000000005",
  "as an idempotency key": "4000056655665556",
  "in a body that is no JSON": "5200828282828210",
} as const;

guarantee(
  {
    id: "charge-secrets",
    says: "Card data, client secrets, onboarding links and their tokens, keys of the processor and secrets of its webhooks appear in no line of the log at level trace, no error and no metric, also when the processor fails. A request with card data is refused and stores none of it.",
    covers: "ASVS 5.0 14.2.1, 14.2.4, 16.2.5 / CWE-532, CWE-312, CWE-209",
    short: {},
    long: {},
  },
  async () => {
    const fake = using(new FakeStripe(), (started) => started.stop());
    const database = using(await createTestDatabase(), (created) => created.drop());
    let log = "";
    const stripe = { ...stripeInLiveMode(await fake.start()), LOG_LEVEL: "trace" };
    const api = using(
      await startApi(database.url, stripe, (text) => {
        log += text;
      }),
      (started) => started.end("SIGKILL"),
    );
    const webhooks = `${api.url}/processor-webhooks/stripe`;
    fake.webhooks.url = webhooks;
    const client = await api.createClient();
    const caller = using(stripeCaller(api.url, fake, { ...client, account: null }), (own) => own.close());
    const errors: string[] = [];
    const refused = async (path: string, body?: unknown, headers: Record<string, string> = {}): Promise<void> => {
      const method = body === undefined ? "GET" : "POST";
      const response = await api.request(method, path, { body, headers: { "x-api-key": client.apiKey, ...headers } });
      expect([path, response.status >= 400]).toEqual([path, true]);
      errors.push(JSON.stringify(response.body));
    };
    const payment = { amount: 1_000, currency: "EUR" };
    await refused("/payments/create", { ...payment, cardNumber: CARDS["in a field"], cvc: "737" });
    await refused("/payments/create", { ...payment, card: { number: CARDS["in a nested field"], cvc: "737" } });
    await refused("/payments/create", { ...payment, paymentMethod: CARDS["in place of a token"] });
    await refused("/payments/create", { ...payment, paymentMethod: CARDS["with hyphens in place of a token"] });
    await refused(`/payments/${CARDS["in a path"]}`);
    await refused(`/payments?card=${CARDS["in a query"]}`);
    await refused("/payments/create", payment, { "idempotency-key": `"${CARDS["as an idempotency key"]}` });
    await refused("/payments/create", `{"card":${CARDS["in a body that is no JSON"]}`);

    // Client secrets, in responses, webhooks, lookups and failures of the processor.
    const { id, nextAction } = jsonOf(await caller.pay({ paymentMethod: null }));
    for (const path of [`/payments/${id}`, "/payments", `/payments/${id}/events`]) await caller.request(path);
    fake.fail("error-after");
    await caller.pay({ paymentMethod: null });
    fake.fail("drop-after", "conflict", "rate-limit");
    for (let count = 0; count < 3; count++) await caller.pay({ paymentMethod: "pm_card_authenticationRequired" });
    await caller.pay({ paymentMethod: "pm_card_chargeDeclined" });
    await caller.pay({ paymentMethod: "pm_unknown" });
    await caller.post(`/payments/${id}/cancel`);
    await fake.webhooks.idle();

    // Links and tokens, good and bad.
    const { body: link } = await api.asAdmin("POST", `/accounts/${client.id}/onboarding`);
    const [urls] = fake.accounts("live").links;
    const { returnUrl = "", refreshUrl = "" } = urls ?? {};
    const token = new URL(returnUrl).searchParams.get("token") ?? "";
    for (const url of [returnUrl, refreshUrl, `${returnUrl}x`]) await (await fetch(url, { redirect: "manual" })).text();
    const secret = { "stripe-signature": `t=1,v1=${FAKE_WEBHOOK_SECRETS.platform}` };
    errors.push(await (await fetch(webhooks, { method: "POST", body: "{}", headers: secret })).text());

    const { body: metrics } = await api.asAdmin("GET", "/metrics");
    await until("the service's log", () => log.includes('"route":"/metrics"'));
    await api.end("SIGTERM");
    const clientSecrets = [...fake.ledger("live").intents.values()].map(({ client_secret }) => client_secret ?? "");
    expect(clientSecrets).toContain(nextAction.clientSecret);
    const secrets = [
      ...Object.entries(CARDS),
      ...clientSecrets.map((one) => ["a client secret", one] as const),
      ["an onboarding link", link.url],
      ["an onboarding token", token],
      ["the secret key", FAKE_SECRET_KEYS.live],
      ["a webhook secret", FAKE_WEBHOOK_SECRETS.platform],
    ] as readonly (readonly [string, string])[];
    expect(secrets.filter(([, one]) => one.length < 12)).toEqual([]);
    const places = { "the log": log, "an error": errors.join("\n"), "the metrics": String(metrics) };
    const findings = secrets.flatMap(([name, one]) =>
      Object.entries(places).flatMap(([place, text]) =>
        formsOf(one).some((form) => text.includes(form)) ? [`${name} in ${place}`] : [],
      ),
    );
    expect(findings).toEqual([]);
    const { rows } = await database.knex.raw(
      "select row_to_json(p)::text as row from payments p union all select row_to_json(o)::text from payment_operations o",
    );
    const stored = JSON.stringify(rows);
    expect(Object.values(CARDS).filter((card) => stored.includes(card))).toEqual([]);
    const size = Object.values(places).reduce((sum, text) => sum + text.length, 0);
    return `${secrets.length} secrets in up to 9 forms, found 0 times in ${Math.round(size / 1_024)} KiB of log, errors and metrics`;
  },
);
