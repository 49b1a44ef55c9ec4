import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
let id: string;
let firstKey: string;
beforeEach(async () => {
  app = await startApp();
  ({ id, apiKey: firstKey } = await app.createClient());
});
afterEach(() => app.stop());

const rotate = (body: object) => app.asAdmin("POST", `/accounts/${id}/api-key`, body);
const statusOf = async (apiKey: string) => (await app.me(apiKey)).status;

describe("POST /accounts/{id}/api-key", () => {
  it.each([{}, { overlapSeconds: 600 }, { overlapSeconds: 600, endFormerKey: false }])(
    "409 while an overlap runs, and both keys keep working: %j",
    async (body) => {
      const second = (await rotate({ overlapSeconds: 600 })).body.apiKey;
      const rejected = await rotate(body);
      expect([rejected.status, rejected.body.code]).toEqual([409, "overlap-in-progress"]);
      expect([await statusOf(firstKey), await statusOf(second)]).toEqual([200, 200]);
    },
  );

  it("201 while an overlap runs if the rotation may end the former key", async () => {
    const second = (await rotate({ overlapSeconds: 600 })).body.apiKey;
    const rotated = await rotate({ overlapSeconds: 600, endFormerKey: true });
    expect(rotated.status).toBe(201);
    expect([await statusOf(firstKey), await statusOf(second), await statusOf(rotated.body.apiKey)]).toEqual([
      401, 200, 200,
    ]);
  });

  it("201 once the overlap has ended", async () => {
    await rotate({ overlapSeconds: 600 });
    app.clock.advance(600_000);
    expect((await rotate({})).status).toBe(201);
  });

  it("400 if endFormerKey is not a boolean", async () => {
    const { status, body } = await rotate({ endFormerKey: "yes" });
    expect([status, body.errors]).toEqual([400, [{ pointer: "/endFormerKey", detail: "must be boolean" }]]);
  });
});

describe("DELETE /accounts/{id}/former-api-key", () => {
  const endFormer = (client = id) => app.asAdmin("DELETE", `/accounts/${client}/former-api-key`);

  it("204 ends the former key, and only that key", async () => {
    const { apiKey } = (await rotate({ overlapSeconds: 600 })).body;
    expect((await endFormer()).status).toBe(204);
    expect([await statusOf(firstKey), await statusOf(apiKey)]).toEqual([401, 200]);
  });

  it("204 without an overlap, and the key keeps working", async () => {
    expect((await endFormer()).status).toBe(204);
    expect(await statusOf(firstKey)).toBe(200);
  });

  it("404 for an unknown client", async () => {
    expect((await endFormer("unknown")).status).toBe(404);
  });
});
