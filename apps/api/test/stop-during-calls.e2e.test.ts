import { expect, it } from "@jest/globals";
import { FAKE_SECRET_KEYS, FAKE_WEBHOOK_SECRETS, FakeStripe } from "@payments/adapters-stripe/testing";
import { startApi } from "../../../test/support/api-process.ts";
import { createTestDatabase } from "../../../test/support/test-database.ts";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";
import { until } from "../../../test/support/until.ts";

const using = undoAfterEach();

/** A service whose payments are `processing` after 50 ms, and a processor that the test controls. */
const start = async (variables: Record<string, string>) => {
  const fake = using(new FakeStripe(), (started) => started.stop());
  const settings = {
    STRIPE_TEST_SECRET_KEY: FAKE_SECRET_KEYS.test,
    STRIPE_WEBHOOK_SECRET: FAKE_WEBHOOK_SECRETS.platform,
    STRIPE_API_BASE: await fake.start(),
    PROCESSOR_ANSWER_MS: "50",
    ...variables,
  };
  const database = using(await createTestDatabase(), (created) => created.drop());
  const api = using(await startApi(database.url, settings), (started) => started.end("SIGKILL"));
  const { apiKey } = await api.createClient("test");
  const pay = async (): Promise<string> => {
    const { status, body } = await api.pay(apiKey, {
      body: { amount: 1_000, currency: "EUR", paymentMethod: "pm_card_visa" },
    });
    expect([status, body.status]).toEqual([201, "processing"]);
    return body.id;
  };
  const statusOf = async (id: string): Promise<string> =>
    (await api.request("GET", `/payments/${id}`, { headers: { "x-api-key": apiKey } })).body.status;
  const stateOf = async (): Promise<string> => (await database.knex("payment_operations").first("state")).state;
  return { fake, database, api, pay, statusOf, stateOf };
};

it("a stopping service waits for a call in flight, and stores its result", async () => {
  const { fake, api, pay, stateOf } = await start({ SHUTDOWN_TIMEOUT_MS: "20000" });
  fake.latencyMs = 1_500;
  await pay();
  expect(await api.end("SIGTERM")).toBe(0);
  expect(await stateOf()).toBe("succeeded");
  expect(fake.entries().map(({ captured }) => captured)).toEqual([1_000]);
});

it("a stopping service leaves a call that hangs longer to another process, and the payment is charged once", async () => {
  const { fake, database, api, pay, statusOf, stateOf } = await start({ SHUTDOWN_TIMEOUT_MS: "300" });
  fake.fail("hang-after");
  const id = await pay();
  await until("the processor has executed the call", () => fake.entries().length === 1);
  const told = performance.now();
  expect(await api.end("SIGTERM")).toBe(0);
  // The call itself would end after 20 s.
  expect(performance.now() - told).toBeLessThan(15_000);
  expect(await stateOf()).toBe("planned");
  await database.knex("payment_operations").update({ lease_ends_at: database.knex.fn.now() });
  await api.restart();
  await until("another process has the result", async () => (await statusOf(id)) === "succeeded");
  expect(fake.entries().map(({ captured }) => captured)).toEqual([1_000]);
});
