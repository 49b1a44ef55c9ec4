import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService, type TestService } from "../../../test/support/test-service.ts";

let database: TestDatabase;
let service: TestService;
let second: TestService;
beforeAll(async () => {
  database = await createTestDatabase();
  service = await startService(database.url);
  second = await startService(database.url);
});
afterAll(async () => {
  await Promise.all([service.stop(), second.stop()]);
  await database.drop();
});

const pay = (apiKey: string, headers: Record<string, string> = {}, through = service, amount = 1250) =>
  through.pay(apiKey, { body: { amount, currency: "EUR" }, headers });
const stored = async (clientId: string): Promise<number> =>
  Number((await database.knex("payments").where({ client_id: clientId }).count("* as count"))[0]?.["count"]);

describe("idempotency", () => {
  it("creates one payment for forty identical requests at once over two processes, and returns it to all", async () => {
    const { id, apiKey } = await service.createClient();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        pay(apiKey, { "idempotency-key": "once" }, index % 2 ? service : second),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(201));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get("idempotent-replayed") === null)).toHaveLength(1);
    expect(await stored(id)).toBe(1);
  });

  it("rejects the idempotency key of another request with 422, and replays after a rotation of the API key", async () => {
    const { id, apiKey } = await service.createClient();
    const first = await pay(apiKey, { "idempotency-key": "k" });
    expect((await pay(apiKey, { "idempotency-key": "k" }, service, 9)).status).toBe(422);
    const rotated = await service.asAdmin("POST", `/accounts/${id}/api-key`);
    const again = await pay(rotated.body.apiKey, { "idempotency-key": '"k"' });
    expect(again.body).toEqual(first.body);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
  });
});

describe("a key that ends", () => {
  it.each([
    ["revoked", (id: string) => service.asAdmin("DELETE", `/accounts/${id}/api-key`)],
    ["rotated away", (id: string) => service.asAdmin("POST", `/accounts/${id}/api-key`, {})],
    ["an inactive client's", (id: string) => service.asAdmin("PATCH", `/accounts/${id}`, { status: "inactive" })],
  ])("is rejected at once by every process when it is %s, though both have cached it", async (_, end) => {
    const { id, apiKey } = await service.createClient();
    for (const through of [service, second]) expect((await pay(apiKey, {}, through)).status).toBe(201);
    await end(id);
    for (const through of [service, second]) {
      expect((await pay(apiKey, {}, through)).status).toBe(401);
      expect((await through.pay(apiKey, { body: {} })).status).toBe(401);
      expect((await through.me(apiKey)).status).toBe(401);
    }
    expect(await stored(id)).toBe(2);
  });

  it("creates no payment after the response to its revocation, under load over two processes", async () => {
    for (let round = 0; round < 10; round++) {
      const { id, apiKey } = await service.createClient();
      let running = true;
      let created = 0;
      const load = Array.from({ length: 8 }, async (_, index) => {
        while (running) if ((await pay(apiKey, {}, index % 2 ? service : second)).status === 201) created++;
      });
      do await new Promise((resolve) => setTimeout(resolve, 30));
      while (created === 0);
      await service.asAdmin("DELETE", `/accounts/${id}/api-key`);
      const atAnswer = await stored(id);
      running = false;
      await Promise.all(load);
      expect(await stored(id)).toBe(atAnswer);
      expect(created).toBe(atAnswer);
    }
  });

  it("keeps working beside the new key during an overlap", async () => {
    const { id, apiKey } = await service.createClient();
    const rotated = await service.asAdmin("POST", `/accounts/${id}/api-key`, { overlapSeconds: 60 });
    for (const key of [apiKey, rotated.body.apiKey]) expect((await pay(key)).status).toBe(201);
    const me = await service.me(apiKey);
    expect(me.body.overlapEndsAt).toBe(rotated.body.overlapEndsAt);
  });
});

describe("a client", () => {
  it("reads and lists its own payments only", async () => {
    const [one, other] = [await service.createClient(), await service.createClient()];
    const { body: payment } = await pay(one.apiKey);
    const read = (key: string) => service.request("GET", `/payments/${payment.id}`, { headers: { "x-api-key": key } });
    expect((await read(one.apiKey)).body).toEqual(payment);
    expect((await read(other.apiKey)).status).toBe(404);
    const list = await service.request("GET", "/payments", { headers: { "x-api-key": other.apiKey } });
    expect(list.body).toEqual({ data: [], hasMore: false, next: null, previous: null });
    const admins = await service.asAdmin("GET", `/accounts/${one.id}/payments`);
    expect(admins.body.data).toEqual([payment]);
  });
});

describe("operations", () => {
  it("reports that it is alive and ready, and shows metrics to admins", async () => {
    expect((await service.request("GET", "/livez")).status).toBe(200);
    expect((await service.request("GET", "/readyz")).body).toEqual({ status: "ready" });
    expect((await service.request("GET", "/metrics")).status).toBe(401);
  });

  it("is alive but not ready on a database without the schema, until it is migrated", async () => {
    const empty = await createTestDatabase({ migrated: false });
    const started = await Promise.all([startService(empty.url), startService(empty.url), startService(empty.url)]);
    for (const one of started) expect((await one.request("GET", "/readyz")).status).toBe(200);
    await empty.knex("payments_migrations").where("name", "like", "0004%").delete();
    const refused = await started[0].request("GET", "/readyz");
    expect(refused).toMatchObject({
      status: 503,
      body: { detail: expect.stringContaining("Run the command migrate") },
    });
    expect((await started[0].request("GET", "/livez")).status).toBe(200);
    await Promise.all(started.map((one) => one.stop()));
    await empty.drop();
  });
});
