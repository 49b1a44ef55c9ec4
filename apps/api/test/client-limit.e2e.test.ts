import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService, type TestService } from "../../../test/support/test-service.ts";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";

const using = undoAfterEach();

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const start = async (clientRequests: number): Promise<TestService> => {
  const variables = { RATE_LIMIT_CLIENT_REQUESTS: String(clientRequests), RATE_LIMIT_WINDOW_SECONDS: "86400" };
  return using(await startService(database.url, variables), (service) => service.stop());
};

it("limits a client over two servers: it makes at most, and nearly, as many payments as its limit", async () => {
  const limit = 100;
  const services = [await start(limit), await start(limit)] as const;
  const { id, apiKey } = await services[0].createClient();
  const answers = await Promise.all(
    services.map(async (service) => {
      const statuses: number[] = [];
      for (let round = 0; round < 15; round++) {
        const bunch = await Promise.all(Array.from({ length: 8 }, () => service.pay(apiKey)));
        statuses.push(...bunch.map(({ status }) => status));
      }
      return statuses;
    }),
  );
  const statuses = answers.flat();
  expect(new Set(statuses)).toEqual(new Set([201, 429]));
  const { rows } = await database.knex.raw("select count(*)::int from payments where client_id = ?", [id]);
  const [{ count }] = rows;
  expect(count).toBe(statuses.filter((status) => status === 201).length);
  expect(count).toBeLessThanOrEqual(limit);
  expect(count).toBeGreaterThanOrEqual(0.95 * limit);
});

it("rejects a replaced key with 401 and counts no request, though the server has cached it", async () => {
  const service = await start(5);
  const { id, apiKey } = await service.createClient();
  expect((await service.pay(apiKey)).status).toBe(201);
  const { body } = await service.asAdmin("POST", `/accounts/${id}/api-key`);
  for (let time = 0; time < 8; time++) {
    const { status, headers } = await service.pay(apiKey);
    expect([status, headers.get("ratelimit"), headers.get("ratelimit-policy")]).toEqual([401, null, null]);
  }
  const statuses: number[] = [];
  for (let time = 0; time < 6; time++) statuses.push((await service.pay(body.apiKey)).status);
  expect(statuses).toEqual([201, 201, 201, 201, 429, 429]);
  // Nor does it return a request to a client that is over its limit.
  await service.pay(apiKey);
  expect((await service.pay(body.apiKey)).status).toBe(429);
});

it("accepts payments while no lease is available", async () => {
  const service = await start(5);
  const { apiKey } = await service.createClient();
  await database.knex.raw("alter table request_quotas rename to hidden");
  try {
    const statuses: number[] = [];
    for (let time = 0; time < 6; time++) statuses.push((await service.pay(apiKey)).status);
    expect(statuses).toEqual([201, 201, 201, 201, 201, 429]);
  } finally {
    await database.knex.raw("alter table hidden rename to request_quotas");
  }
});

it("limits no client when the limit is 0", async () => {
  const service = await start(0);
  const { apiKey } = await service.createClient();
  const { status, headers } = await service.pay(apiKey);
  expect([status, headers.get("ratelimit")]).toEqual([201, null]);
});
