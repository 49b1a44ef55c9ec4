import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

const ACME = { name: "Acme", email: "ops@acme.example" };

describe("POST /accounts", () => {
  it.each([
    [ACME, "live"],
    [{ ...ACME, mode: "live" }, "live"],
    [{ ...ACME, mode: "test" }, "test"],
  ])("201 for %j: a client in mode %s, which its key and every read show", async (body, mode) => {
    const created = await app.asAdmin("POST", "/accounts", body);
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ mode, apiKey: expect.stringMatching(`^pak_${mode}_`) });
    expect((await app.asAdmin("GET", `/accounts/${created.body.id}`)).body).toMatchObject({ mode });
    expect((await app.asAdmin("GET", "/accounts?limit=1")).body.data[0]).toMatchObject({ mode });
    const updated = await app.asAdmin("PATCH", `/accounts/${created.body.id}`, { name: "Acme & Sons" });
    expect(updated.body).toMatchObject({ mode });
    const rotated = await app.asAdmin("POST", `/accounts/${created.body.id}/api-key`);
    expect(rotated.body.apiKey).toMatch(`pak_${mode}_`);
  });

  it.each(["TEST", "sandbox", "", null, 1])("400 for the mode %j", async (mode) => {
    const { status, body } = await app.asAdmin("POST", "/accounts", { ...ACME, mode });
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ pointer: "/mode", detail: "must be live or test" }]);
  });
});

describe("POST /accounts with an Idempotency-Key", () => {
  let number = 0;
  const create = (key: string, body: object = ACME, authorization = "Bearer admin") =>
    app.request("POST", "/accounts", { body, headers: { authorization, "idempotency-key": key } });
  const newKey = () => `order-${++number}`;

  it("201 with the same client and without its key for a repeated request", async () => {
    const key = newKey();
    const first = await create(key);
    expect(first.status).toBe(201);
    expect(first.body.apiKey).toMatch(/^pak_live_/);
    expect(first.headers.get("idempotent-replayed")).toBeNull();
    const repeated = await create(`"${key}"`);
    expect(repeated.status).toBe(201);
    expect(repeated.headers.get("idempotent-replayed")).toBe("true");
    expect(repeated.headers.get("location")).toBe(first.headers.get("location"));
    expect(repeated.body).toEqual({ ...first.body, apiKey: null });
  });

  it("201 with one client for two requests at once", async () => {
    const key = newKey();
    const responses = await Promise.all([create(key), create(key)]);
    expect(new Set(responses.map(({ body }) => body.id)).size).toBe(1);
    expect(responses.filter(({ body }) => body.apiKey !== null)).toHaveLength(1);
  });

  it.each([{ name: "Other" }, { email: "other@acme.example" }, { mode: "test" }])(
    "422 for another body: %j",
    async (changes) => {
      const key = newKey();
      await create(key);
      const { status, body } = await create(key, { ...ACME, ...changes });
      expect([status, body.code]).toEqual([422, "idempotency-key-reused"]);
    },
  );

  it("201 after 255 characters, and 400 after 256 or an invisible one", async () => {
    expect((await create("k".repeat(255))).status).toBe(201);
    for (const key of ["k".repeat(256), "with space", "é"]) {
      const { status, body } = await create(key);
      expect(status).toBe(400);
      expect(body.errors).toEqual([expect.objectContaining({ header: "Idempotency-Key" })]);
    }
  });
});

describe("PATCH /accounts/{id}", () => {
  it("400 for a mode: it never changes", async () => {
    const { body: client } = await app.asAdmin("POST", "/accounts", ACME);
    const { status, body } = await app.asAdmin("PATCH", `/accounts/${client.id}`, { mode: "test" });
    expect(status).toBe(400);
    expect(body.errors).toContainEqual({ pointer: "/mode", detail: "is not a known field" });
  });
});
