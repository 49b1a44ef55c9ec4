import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { issueAdminToken } from "@payments/adapters-crypto";
import { isProblem, PaymentsAdmin, PaymentsClient } from "@payments/sdk";
import { JWT_SECRET, startService, type TestService } from "../../../apps/api/test/support/test-service.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";
import { FAULTS, startFaultProxy } from "./support/fault-proxy.ts";
import { readmeExamples } from "./support/readme-examples.ts";
import { runProgram } from "./support/run-program.ts";

const PAYMENTS = 210;
const AT_ONCE = 15;

describe("The SDK with the real service", () => {
  let database: TestDatabase;
  let service: TestService;
  let admin: PaymentsAdmin;
  const using = undoAfterEach();

  beforeAll(async () => {
    database = await createTestDatabase();
    service = await startService(database.url);
    const adminToken = () =>
      issueAdminToken({ secret: JWT_SECRET, subject: "ada", lifetimeSeconds: 60, now: new Date() });
    admin = new PaymentsAdmin({ baseUrl: service.url, adminToken });
  });
  afterAll(async () => {
    await service?.stop();
    await database?.drop();
  });

  const newClient = async () => {
    const account = await admin.createAccount({ name: "Acme", email: "ops@acme.example" });
    return { ...account, client: new PaymentsClient({ baseUrl: service.url, apiKey: account.apiKey }) };
  };

  it("creates, reads and lists payments", async () => {
    const { id, client } = await newClient();
    const made = await client.createPayment({ amount: 1250, currency: "eur", metadata: { order: "42" } });
    expect(made).toMatchObject({ clientId: id, amount: 1250, currency: "EUR", description: null, status: "created" });
    expect(await client.readPayment(made.id)).toEqual(made);
    for (let amount = 1; amount <= 4; amount++) await client.createPayment({ amount, currency: "EUR" });
    const amounts: number[] = [];
    for await (const payment of client.listPayments({ limit: 2 })) amounts.push(payment.amount);
    expect(amounts).toEqual([4, 3, 2, 1, 1250]);
    const page = await client.listPayments({ limit: 2, before: made.id }).firstPage();
    expect(page.data.map(({ amount }) => amount)).toEqual([2, 1]);
    const seenByAdmin: number[] = [];
    for await (const { amount } of admin.listAccountPayments(id, { limit: 3 })) seenByAdmin.push(amount);
    expect(seenByAdmin).toEqual(amounts);
    expect(await client.readMe()).toMatchObject({ clientId: id, name: "Acme", overlapEndsAt: null });
  });

  it("answers a call that is repeated with its key with the same payment, and another body with a problem", async () => {
    const { client } = await newClient();
    const options = { idempotencyKey: "order-7" };
    const made = await client.createPayment({ amount: 1, currency: "EUR" }, options);
    expect(await client.createPayment({ amount: 1, currency: "EUR" }, options)).toEqual(made);
    const other = client.createPayment({ amount: 2, currency: "EUR" }, options);
    expect(isProblem(await other.catch((error: unknown) => error), "idempotency-key-reused")).toBe(true);
  });

  it("says every fault of a request", async () => {
    const { client } = await newClient();
    const refused = client.createPayment({ amount: 0, currency: "Euro" });
    await expect(refused).rejects.toThrow(/^Invalid request: .*\/amount .*\/currency .*\(invalid-request, request /);
  });

  it("rotates and revokes keys, and changes and lists accounts", async () => {
    const { id, client } = await newClient();
    const rotated = await admin.rotateApiKey(id, { overlapSeconds: 60 });
    const next = new PaymentsClient({ baseUrl: service.url, apiKey: rotated.apiKey });
    expect((await client.readMe()).overlapEndsAt).toBe(rotated.overlapEndsAt);
    expect((await next.readMe()).clientId).toBe(id);
    await admin.revokeApiKey(id);
    for (const revoked of [client, next]) {
      const error = await revoked.readMe().catch((caught: unknown) => caught);
      expect(isProblem(error, "invalid-api-key")).toBe(true);
    }
    expect(await admin.updateAccount(id, { status: "inactive" })).toMatchObject({ id, status: "inactive" });
    expect(await admin.readAccount(id)).toMatchObject({ status: "inactive", keyHint: null });
    const ids: string[] = [];
    for await (const account of admin.listAccounts({ limit: 2 })) ids.push(account.id);
    expect(ids[0]).toBe(id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(isProblem(await admin.readAccount("nobody").catch((error: unknown) => error), "account-not-found")).toBe(
      true,
    );
  });

  it("does in the README's programs what the README says", async () => {
    const { apiKey } = await newClient();
    const token = await issueAdminToken({ secret: JWT_SECRET, subject: "ada", lifetimeSeconds: 60, now: new Date() });
    const environment = { PAYMENTS_URL: service.url, PAYMENTS_API_KEY: apiKey, PAYMENTS_ADMIN_TOKEN: token };
    const logged: Record<string, unknown> = {};
    for (const [title, program] of readmeExamples()) logged[title] = await runProgram(program, environment);
    expect(logged).toEqual({
      "A payment": [[expect.stringMatching(/^[0-9a-f-]{36}$/), "created"]],
      Retries: [[true]],
      Errors: [[[{ pointer: "/amount", detail: expect.any(String) }]]],
      Lists: [
        [expect.any(String), 1999, "EUR"],
        [expect.any(String), 1250, "EUR"],
      ],
      "Accounts and keys": [[true, "the first key works until", expect.stringMatching(/^20\d\d-.*Z$/)]],
    });
  });

  it("loses no payment and makes none twice where one request in three fails", async () => {
    const { id, apiKey } = await newClient();
    const proxy = using(await startFaultProxy(service.url), ({ stop }) => stop());
    const client = new PaymentsClient({ baseUrl: proxy.url, apiKey, timeoutMs: 1_000, maxTries: 12 });
    const numbers = Array.from({ length: PAYMENTS }, (_, index) => String(index));
    const waiting = [...numbers];
    const answered = new Map<string, string>();
    const work = async () => {
      for (let order = waiting.pop(); order !== undefined; order = waiting.pop()) {
        const made = await client.createPayment({ amount: 100, currency: "EUR", metadata: { order } });
        answered.set(made.id, String(made.metadata["order"]));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));

    const stored = new Map<string, string>();
    for await (const { id: payment, metadata } of client.listPayments({ limit: 20 })) {
      stored.set(payment, String(metadata["order"]));
    }
    expect([...stored.values()].sort()).toEqual(numbers.sort());
    expect(new Map([...stored].sort())).toEqual(new Map([...answered].sort()));
    const { rows } = await database.knex.raw("select count(*)::int as count from payments where client_id = ?", [id]);
    expect(rows).toEqual([{ count: PAYMENTS }]);
    expect(proxy.counts.requests).toBeGreaterThan(PAYMENTS * 1.3);
    for (const fault of FAULTS) expect([fault, proxy.counts.faults[fault] > 5]).toEqual([fault, true]);
  }, 60_000);
});
