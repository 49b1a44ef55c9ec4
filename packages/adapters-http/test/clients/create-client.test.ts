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

describe("PATCH /accounts/{id}", () => {
  it("400 for a mode: it never changes", async () => {
    const { body: client } = await app.asAdmin("POST", "/accounts", ACME);
    const { status, body } = await app.asAdmin("PATCH", `/accounts/${client.id}`, { mode: "test" });
    expect(status).toBe(400);
    expect(body.errors).toContainEqual({ pointer: "/mode", detail: "is not a known field" });
  });
});
