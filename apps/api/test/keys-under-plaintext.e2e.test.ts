import { expect, it } from "@jest/globals";
import { createTestDatabase } from "../../../test/support/test-database.ts";
import { startService } from "./support/test-service.ts";

const acme = { name: "Acme", email: "ops@acme.example" };
const payment = { amount: 1, currency: "EUR" };

it("stores plain keys where the operator chose that, and digests under a pepper that can be replaced", async () => {
  const database = await createTestDatabase();
  const under = async <Result>(
    variables: Record<string, string>,
    work: (service: Awaited<ReturnType<typeof startService>>) => Promise<Result>,
  ): Promise<Result> => {
    const service = await startService(database.url, variables);
    try {
      return await work(service);
    } finally {
      await service.stop();
    }
  };
  const storedKey = async () => (await database.knex("clients").first("api_key")).api_key;
  const { apiKey } = await under({ API_KEY_STORAGE: "plaintext", API_KEY_PREFIX: "pak_test_" }, async (service) => {
    const { body } = await service.asAdmin("POST", "/accounts", acme);
    expect((await service.post("/payments/create", payment, { "x-api-key": body.apiKey })).status).toBe(201);
    return body;
  });
  expect(apiKey).toMatch(/^pak_test_/);
  expect(await storedKey()).toBe(apiKey);
  for (const [pepper, form] of [
    ["the first pepper", /^hmac-sha256:/],
    ["the second pepper,the first pepper", /^hmac-sha256:/],
  ] as const) {
    await under({ API_KEY_PEPPER: pepper }, async (service) => {
      expect((await service.post("/payments/create", payment, { "x-api-key": apiKey })).status).toBe(201);
      expect(await storedKey()).toMatch(form);
    });
  }
  await under({ API_KEY_PEPPER: "an unknown pepper" }, async (service) => {
    expect((await service.post("/payments/create", payment, { "x-api-key": apiKey })).status).toBe(401);
  });
  await database.drop();
});
