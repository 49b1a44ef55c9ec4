import { afterEach, describe, expect, it } from "@jest/globals";
import { type ApiKeyAuthenticator, storageUnavailable } from "@payments/domain";
import { SeededApiKeys } from "@payments/domain/testing";
import { errAsync } from "neverthrow";
import type { JsonResponse } from "../../../../test/support/api-caller.ts";
import { startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
afterEach(() => app.stop());

const apiKey = new SeededApiKeys().generate().reveal();
const away: ApiKeyAuthenticator = { authenticate: () => errAsync(storageUnavailable("secret of the database")) };

const getClients = (authorization: string, path = "/accounts", accept = "*/*") =>
  app.request("GET", path, { headers: { authorization, accept } });

const expectAway = ({ status, body, headers }: JsonResponse): void => {
  expect({ status, code: body.code }).toEqual({ status: 503, code: "service-unavailable" });
  expect(headers.get("retry-after")).toBe("1");
  expect(JSON.stringify(body)).not.toContain("secret");
};
const refusals = () => app.lines.filter((line) => line.includes("authentication-refused"));

describe("an admin token", () => {
  it.each(["Bearer admin", "bearer admin", "BEARER   admin"])("200 as %j", async (authorization) => {
    app = await startApp();
    expect((await getClients(authorization)).status).toBe(200);
  });

  it.each([
    "admin",
    "Beareradmin",
    "Bearer",
    "Bearer admin admin",
    "Bearer admin,",
    "Basic, Bearer admin",
    "Basic admin",
  ])("401 as %j", async (authorization) => {
    app = await startApp();
    expect(await getClients(authorization)).toMatchObject({ status: 401, body: { code: "invalid-admin-token" } });
  });

  it("503 if it cannot be verified, which is not a failed authentication", async () => {
    app = await startApp({ failures: 1 });
    for (let time = 0; time < 2; time++) {
      const answer = await getClients("Bearer unverifiable");
      expectAway(answer);
      expect(answer.body.detail).toMatch(/^The keys that verify admin tokens cannot be fetched/);
    }
    expect(refusals()).toEqual([]);
  });

  it.each(["", "/api/v1"])(
    "406 under %j for an answer that is not JSON, other than metrics, which are text",
    async (basePath) => {
      app = await startApp({ basePath });
      const asText = (token: string, path: string) => getClients(`Bearer ${token}`, basePath + path, "text/plain");
      expect((await asText("admin", "/accounts")).status).toBe(406);
      expect((await asText("admin", "/metrics")).status).toBe(200);
      expect((await asText("nonsense", "/accounts")).status).toBe(401);
    },
  );
});

describe("an API key", () => {
  const headers = { "x-api-key": apiKey };
  const uses: readonly [string, () => Promise<JsonResponse>][] = [
    ["a read", () => app.request("GET", "/me", { headers })],
    ["a payment", () => app.request("POST", "/payments/create", { headers, body: { amount: 1, currency: "EUR" } })],
  ];

  it.each(uses)("503 for %s if it cannot be looked up, which is not a failed authentication", async (_, use) => {
    app = await startApp({ authenticator: away, failures: 1 });
    for (let time = 0; time < 2; time++) expectAway(await use());
    expect(refusals()).toEqual([]);
  });

  it("406 unless JSON is accepted", async () => {
    app = await startApp();
    const { apiKey } = await app.createClient();
    const accepting = (accept: string) => app.request("GET", "/me", { headers: { "x-api-key": apiKey, accept } });
    expect(await accepting("text/html")).toMatchObject({ status: 406, body: { code: "not-acceptable" } });
    expect((await accepting("text/html, application/*;q=0.1")).status).toBe(200);
  });
});
