import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
beforeEach(async () => {
  app = await startApp();
});
afterEach(() => app.stop());

const list = (query: string) => app.asAdmin("GET", `/accounts?${query}`);

describe("the query of a list", () => {
  it.each([
    ["a repeated parameter", "limit=1&limit=1", [{ parameter: "limit", detail: "must be sent once" }]],
    ["an unknown parameter", "order=asc", [{ parameter: "order", detail: "is not a known parameter" }]],
    ["an escaped name", "li%6Dit=0", [{ parameter: "limit", detail: "must be an integer from 1 to 100" }]],
    ["a second question mark", "?limit=5", [{ parameter: "?limit", detail: "is not a known parameter" }]],
    ["a name of Object's", "__proto__=1", [{ parameter: "__proto__", detail: "is not a known parameter" }]],
  ])("400 for %s lists it", async (_, query, errors) => {
    const { status, body } = await list(query);
    expect([status, body.code, body.errors]).toEqual([400, "invalid-request", errors]);
  });

  it.each([
    ["21 parameters", Array.from({ length: 21 }, (_, index) => `p${index}`).join("&")],
    ["2,049 characters", "a".repeat(2_049)],
    ["8,000 characters of parameters", "a&".repeat(4_000)],
  ])("400 for %s states the limits", async (_, query) => {
    const { status, body } = await list(query);
    expect([status, body.detail]).toEqual([400, "The query must have at most 2048 characters and 20 parameters."]);
    expect(body.errors).toBe(undefined);
  });
});
