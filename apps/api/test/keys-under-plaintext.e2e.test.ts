import { expect, it } from "@jest/globals";
import { CANARY } from "../../../scripts/find-secrets.mjs";
import { createTestDatabase } from "../../../test/support/test-database.ts";
import { startService } from "../../../test/support/test-service.ts";

it("stores plain keys if configured, and digests under a pepper that can be replaced", async () => {
  const database = await createTestDatabase();
  const under = async <Result>(
    variables: Record<string, string>,
    work: (service: Awaited<ReturnType<typeof startService>>) => Promise<Result>,
  ): Promise<Result> => {
    const { url } = variables["API_KEY_STORAGE"] === "plaintext" ? database.unlogged : database;
    const service = await startService(url, variables);
    try {
      return await work(service);
    } finally {
      await service.stop();
    }
  };
  const storedKey = async () => (await database.knex("clients").first("api_key")).api_key;
  const { apiKey } = await under({ API_KEY_STORAGE: "plaintext", API_KEY_PREFIX: "pak_test_" }, async (service) => {
    const client = await service.createClient();
    expect((await service.pay(client.apiKey)).status).toBe(201);
    return client;
  });
  expect(apiKey).toMatch(/^pak_test_/);
  expect(await storedKey()).toBe(apiKey);
  const [first, second] = [`${CANARY}first`, `${CANARY}second`];
  for (const peppers of [first, `${second},${first}`]) {
    await under({ API_KEY_PEPPER: peppers }, async (service) => {
      expect((await service.pay(apiKey)).status).toBe(201);
      expect(await storedKey()).toMatch(/^hmac-sha256:/);
    });
  }
  await under({ API_KEY_PEPPER: "an unknown pepper" }, async (service) => {
    expect((await service.pay(apiKey)).status).toBe(401);
  });
  await database.drop();
});
