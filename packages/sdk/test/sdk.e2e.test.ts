import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { isProblem, PaymentsAdmin, PaymentsClient } from "@payments/sdk";
import { adminToken } from "../../../test/support/admin-token.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService, type TestService } from "../../../test/support/test-service.ts";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";
import { FAULTS, startFaultProxy } from "./support/fault-proxy.ts";
import { readmeExamples } from "./support/readme-examples.ts";
import { runProgram } from "./support/run-module.ts";

const PAYMENTS = 210;
const CONCURRENCY = 15;

describe("The SDK with the real service", () => {
  let database: TestDatabase;
  let service: TestService;
  let admin: PaymentsAdmin;
  const using = undoAfterEach();

  beforeAll(async () => {
    database = await createTestDatabase();
    service = await startService(database.url);
    admin = new PaymentsAdmin({ baseUrl: service.url, adminToken: () => adminToken() });
  });
  afterAll(async () => {
    await service?.stop();
    await database?.drop();
  });

  const newClient = async () => {
    const created = await admin.clients.create({ name: "Acme", email: "ops@acme.example" });
    const apiKey = created.apiKey ?? "";
    return { ...created, apiKey, client: new PaymentsClient({ baseUrl: service.url, apiKey }) };
  };

  it("creates, reads and lists payments", async () => {
    const { id, client } = await newClient();
    const made = await client.payments.create({ amount: 1250, currency: "eur", metadata: { order: "42" } });
    expect(made).toMatchObject({ clientId: id, amount: 1250, currency: "EUR", description: null, status: "created" });
    expect(await client.payments.retrieve(made.id)).toEqual(made);
    for (let amount = 1; amount <= 4; amount++) await client.payments.create({ amount, currency: "EUR" });
    const amounts: number[] = [];
    for await (const payment of client.payments.list({ limit: 2 })) amounts.push(payment.amount);
    expect(amounts).toEqual([4, 3, 2, 1, 1250]);
    const page = await client.payments.list({ limit: 2, before: made.id }).firstPage();
    expect(page.data.map(({ amount }) => amount)).toEqual([2, 1]);
    const seenByAdmin: number[] = [];
    for await (const { amount } of admin.clients.listPayments(id, { limit: 3 })) seenByAdmin.push(amount);
    expect(seenByAdmin).toEqual(amounts);
    expect(await client.me()).toMatchObject({ clientId: id, name: "Acme", overlapEndsAt: null });
  });

  it("replays a payment with the same idempotency key, and reports a problem for another body", async () => {
    const { client } = await newClient();
    const options = { idempotencyKey: "order-7" };
    const made = await client.payments.create({ amount: 1, currency: "EUR" }, options);
    const again = await client.payments.create({ amount: 1, currency: "EUR" }, options).withResponse();
    expect(again.data).toEqual(made);
    expect(again.response).toMatchObject({ status: 201, replayed: true, quota: { remaining: 5998 } });
    const other = client.payments.create({ amount: 2, currency: "EUR" }, options);
    expect(isProblem(await other.catch((error: unknown) => error), "idempotency-key-reused")).toBe(true);
  });

  it("creates one client for a repeated call with an idempotency key, and lists its audit events", async () => {
    const create = () =>
      admin.clients.create({ name: "Acme", email: "ops@acme.example" }, { idempotencyKey: "client-7" }).withResponse();
    const [first, repeated] = [await create(), await create()];
    expect(first.data.apiKey).toMatch(/^pak_live_/);
    expect(repeated.data).toEqual({ ...first.data, apiKey: null });
    expect([first.response.replayed, repeated.response.replayed]).toEqual([false, true]);
    const { data } = await admin.clients.listAuditEvents(first.data.id).firstPage();
    expect(data.map(({ type, actor }) => [type, actor.type])).toEqual([["client-created", "admin"]]);
    expect((await admin.auditEvents.list({ limit: 1 }).firstPage()).data).toEqual(data);
  });

  it("reports every fault of a request", async () => {
    const { client } = await newClient();
    const rejected = client.payments.create({ amount: 0, currency: "Euro" });
    await expect(rejected).rejects.toThrow(/^Invalid request: .*\/amount .*\/currency .*\(invalid-request, request /);
  });

  it("rotates and revokes keys, and updates and lists clients", async () => {
    const { id, client } = await newClient();
    const rotated = await admin.apiKeys.rotate(id, { overlapSeconds: 60 });
    const next = new PaymentsClient({ baseUrl: service.url, apiKey: rotated.apiKey });
    expect((await client.me()).overlapEndsAt).toBe(rotated.overlapEndsAt);
    expect((await next.me()).clientId).toBe(id);
    const again = await admin.apiKeys.rotate(id, { overlapSeconds: 60 }).catch((error: unknown) => error);
    expect(isProblem(again, "overlap-in-progress")).toBe(true);
    await admin.apiKeys.endFormer(id);
    expect(isProblem(await client.me().catch((error: unknown) => error), "invalid-api-key")).toBe(true);
    await admin.apiKeys.revoke(id);
    for (const revoked of [client, next]) {
      const error = await revoked.me().catch((caught: unknown) => caught);
      expect(isProblem(error, "invalid-api-key")).toBe(true);
    }
    expect(await admin.clients.update(id, { status: "inactive" })).toMatchObject({ id, status: "inactive" });
    expect(await admin.clients.retrieve(id)).toMatchObject({ status: "inactive", keyHint: null });
    const ids: string[] = [];
    for await (const client of admin.clients.list({ limit: 2 })) ids.push(client.id);
    expect(ids[0]).toBe(id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(isProblem(await admin.clients.retrieve("nobody").catch((error: unknown) => error), "client-not-found")).toBe(
      true,
    );
  });

  it("runs the README's examples with the documented results", async () => {
    const { apiKey } = await newClient();
    const token = await adminToken();
    const environment = { PAYMENTS_URL: service.url, PAYMENTS_API_KEY: apiKey, PAYMENTS_ADMIN_TOKEN: token };
    const logged: Record<string, unknown> = {};
    for (const [title, program] of readmeExamples()) logged[title] = await runProgram(program, environment);
    expect(logged).toEqual({
      "Create a payment": [[expect.stringMatching(/^pay_[0-9a-z]{26}$/), "created"]],
      Retries: [[true]],
      "Request id, replay and quota": [
        [
          500,
          expect.stringMatching(/^[0-9a-f-]{36}$/),
          false,
          { remaining: 5996, resetsInSeconds: expect.any(Number) },
        ],
      ],
      Errors: [[[{ pointer: "/amount", detail: expect.any(String) }]]],
      Lists: [
        [expect.any(String), 500, "EUR"],
        [expect.any(String), 1999, "EUR"],
        [expect.any(String), 1250, "EUR"],
      ],
      "Clients and keys": [[true, "the first key works until", expect.stringMatching(/^20\d\d-.*Z$/)]],
    });
  });

  it("loses and doubles no payment when one request in three fails", async () => {
    const { id, apiKey } = await newClient();
    const proxy = using(await startFaultProxy(service.url), ({ stop }) => stop());
    const client = new PaymentsClient({ baseUrl: proxy.url, apiKey, timeoutMs: 1_000, maxAttempts: 12 });
    const numbers = Array.from({ length: PAYMENTS }, (_, index) => String(index));
    const waiting = [...numbers];
    const acknowledged = new Map<string, string>();
    const work = async () => {
      for (let order = waiting.pop(); order !== undefined; order = waiting.pop()) {
        const made = await client.payments.create({ amount: 100, currency: "EUR", metadata: { order } });
        acknowledged.set(made.id, String(made.metadata["order"]));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));

    const stored = new Map<string, string>();
    for await (const { id: payment, metadata } of client.payments.list({ limit: 20 })) {
      stored.set(payment, String(metadata["order"]));
    }
    expect([...stored.values()].sort()).toEqual(numbers.sort());
    expect(new Map([...stored].sort())).toEqual(new Map([...acknowledged].sort()));
    const { rows } = await database.knex.raw("select count(*)::int as count from payments where client_id = ?", [id]);
    expect(rows).toEqual([{ count: PAYMENTS }]);
    expect(proxy.counts.requests).toBeGreaterThan(PAYMENTS * 1.3);
    for (const fault of FAULTS) expect([fault, proxy.counts.faults[fault] > 5]).toEqual([fault, true]);
  }, 60_000);
});
