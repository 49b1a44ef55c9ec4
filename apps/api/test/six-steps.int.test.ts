import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { toUuid } from "@payments/domain";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService, type TestService } from "../../../test/support/test-service.ts";

let database: TestDatabase;
let service: TestService;
beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  service = await startService(database.url);
});
afterAll(async () => {
  await service.stop();
  await database.drop();
});

it("creates a client, stores a payment under it, and rejects an invalid key", async () => {
  // 1. An admin creates a client.
  const client = await service.asAdmin("POST", "/accounts", { name: "Acme", email: "ops@acme.example" });
  expect(client.status).toBe(201);

  // 2. The response contains the API key.
  const { id, apiKey } = client.body;
  expect(apiKey).toMatch(/^pak_live_[0-9A-Za-z]{49}$/);

  // 3. The client creates a payment with it, claiming to be another client.
  const payment = await service.pay(apiKey, {
    body: { amount: 1250, currency: "EUR", clientId: "other" },
    headers: { "x-api-role": "admin" },
  });
  expect(payment.status).toBe(201);
  expect(payment.body).toMatchObject({ clientId: id, amount: 1250, currency: "EUR", status: "created" });

  // 4. It is stored under that client.
  const stored = await database.knex("payments").select("client_id", "id", "amount", "currency");
  expect(stored).toEqual([{ client_id: id, id: toUuid(payment.body.id), amount: "1250", currency: "EUR" }]);

  // The key itself is not in the database.
  const [row] = await database.knex("clients").select("api_key");
  expect(row.api_key).toMatch(/^sha256:[0-9a-f]{64}$/);

  // 5. and 6. An invalid key gets a 401, and nothing is stored.
  const twin = apiKey.slice(0, -1) + (apiKey.endsWith("0") ? "1" : "0");
  for (const headers of [{ "x-api-key": twin }, { "x-api-key": "nonsense" }, { "x-api-role": "admin" }, {}]) {
    const refused = await service.request("POST", "/payments/create", {
      body: { amount: 1, currency: "EUR", clientId: id },
      headers,
    });
    expect(refused.status).toBe(401);
    expect(refused.body.code).toBe("invalid-api-key");
  }
  expect(await database.knex("payments").count("* as count")).toEqual([{ count: "1" }]);
});
