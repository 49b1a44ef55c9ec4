import { setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { SeededApiKeys } from "@payments/domain/testing";
import type { JsonResponse } from "../../../../test/support/api-caller.ts";
import { startApp, type TestApp } from "../support/test-app.ts";

const keys = new SeededApiKeys(30_000);

let app: TestApp;
afterEach(() => app.stop());

type Headers = Record<string, string>;
const me = (apiKey: string, headers: Headers = {}) =>
  app.request("GET", "/me", { headers: { "x-api-key": apiKey, ...headers } });
const pay = (apiKey: string, headers: Headers = {}) => app.pay(apiKey, { headers });
const getClients = (token: string, headers: Headers = {}) =>
  app.request("GET", "/accounts", { headers: { authorization: `Bearer ${token}`, ...headers } });
const guess = (headers: Headers = {}) => me(keys.generate().reveal(), headers);

const guesses: readonly [string, () => Promise<JsonResponse>][] = [
  ["an unknown key", () => guess()],
  ["an unknown key for a payment", () => pay(keys.generate().reveal())],
  ["a malformed key", () => me("nonsense")],
  ["a token with another signature", () => getClients("forged")],
  ["a token that is none", () => getClients("()")],
];

const expectBlocked = (response: JsonResponse): void => {
  expect(response).toMatchObject({ status: 429, body: { code: "too-many-failed-authentications", status: 429 } });
  const wait = Number(response.headers.get("retry-after"));
  expect(wait).toBeGreaterThanOrEqual(1);
  expect(wait).toBeLessThanOrEqual(60);
  expect(response.headers.get("ratelimit")).toBe(`"failed-authentications";r=0;t=${wait}`);
  expect(response.headers.get("ratelimit-policy")).toMatch(/^"failed-authentications";q=\d+;w=(1|60)$/);
  expect(response.headers.get("www-authenticate")).toBeNull();
};
/** At once, because each waits for a second. */
const expectAllBlocked = async (attempts: readonly Promise<JsonResponse>[]): Promise<void> => {
  for (const response of await Promise.all(attempts)) expectBlocked(response);
};

describe("an address with too many failed authentications", () => {
  it("429 for every further guess, a second later", async () => {
    app = await startApp({ failures: guesses.length });
    for (const [name, attempt] of guesses) expect([name, (await attempt()).status]).toEqual([name, 401]);
    const began = performance.now();
    await expectAllBlocked(guesses.map(([, other]) => other()));
    // A guesser in a loop gets few rejections.
    expect(performance.now() - began).toBeGreaterThan(950);
  });

  it("200 for recently used keys and valid admin tokens", async () => {
    app = await startApp({ failures: 1 });
    const [known, other] = [await app.createClient(), await app.createClient()];
    expect((await me(known.apiKey)).status).toBe(200);
    await guess();
    for (let time = 0; time < 3; time++) {
      expect((await me(known.apiKey)).status).toBe(200);
      expect((await pay(known.apiKey)).status).toBe(201);
      expect((await app.asAdmin("GET", "/accounts")).status).toBe(200);
      expect((await getClients("user")).status).toBe(403);
    }
    await expectAllBlocked([me(other.apiKey), pay(other.apiKey)]);
  });

  it("429 for a recently used key that has ended", async () => {
    app = await startApp({ failures: 1 });
    const { id, apiKey } = await app.createClient();
    await me(apiKey);
    await guess();
    await app.asAdmin("DELETE", `/accounts/${id}/api-key`);
    await expectAllBlocked([me(apiKey), pay(apiKey)]);
  });

  it("is unblocked when its window ends, however many requests it sent meanwhile", async () => {
    app = await startApp({ failures: 2, windowSeconds: 1 });
    const { apiKey } = await app.createClient();
    await guess();
    await guess();
    await expectAllBlocked([guess(), guess(), guess()]);
    await setTimeout(100);
    expect((await me(apiKey)).status).toBe(200);
    expect((await guess()).status).toBe(401);
    expect((await guess()).status).toBe(401);
    await expectAllBlocked([guess()]);
  });

  it("is not blocked by requests without a credential or with a valid one", async () => {
    app = await startApp({ failures: 2 });
    const { apiKey } = await app.createClient();
    for (let time = 0; time < 5; time++) {
      expect((await app.request("GET", "/me")).status).toBe(401);
      expect((await app.request("GET", "/accounts")).status).toBe(401);
      expect((await getClients("user")).status).toBe(403);
      expect((await me(apiKey)).status).toBe(200);
    }
    expect((await guess()).status).toBe(401);
  });

  it("is never limited if the limit is 0", async () => {
    app = await startApp({ failures: 0 });
    for (let time = 0; time < 20; time++) expect((await guess()).status).toBe(401);
  });

  it("has a line in the audit log for each rejection, with its request id", async () => {
    app = await startApp({ failures: 1 });
    await guess();
    await guess({ "x-request-id": "ticket-7" });
    expect(app.lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({
        event: "authentication-refused",
        requestId: "ticket-7",
        method: "api-key",
        reason: "too many failures from this address",
        address: "127.0.0.1",
      }),
    );
  });
});

describe("the address", () => {
  const from = (address: string): Headers => ({ "x-forwarded-for": address });

  it("is that of the connection without a trusted proxy, whatever X-Forwarded-For says", async () => {
    app = await startApp({ failures: 3 });
    for (let time = 1; time <= 3; time++) expect((await guess(from(`203.0.113.${time}`))).status).toBe(401);
    await expectAllBlocked([guess(from("203.0.113.9")), guess()]);
  });

  it("is the one that the trusted proxy appended, not one that the caller sent", async () => {
    app = await startApp({ failures: 2, trustProxy: 1 });
    expect((await guess(from("198.51.100.1, 203.0.113.1"))).status).toBe(401);
    expect((await guess(from("198.51.100.2, 203.0.113.1"))).status).toBe(401);
    await expectAllBlocked([guess(from("198.51.100.3, 203.0.113.1"))]);
    expect((await guess(from("203.0.113.1, 203.0.113.2"))).status).toBe(401);
  });

  it("is the forwarded one without its port", async () => {
    app = await startApp({ failures: 2, trustProxy: 1 });
    await guess(from("203.0.113.1:4444"));
    await guess(from("203.0.113.1:4445"));
    await expectAllBlocked([guess(from("203.0.113.1"))]);
    expect((await guess(from("203.0.113.2:4444"))).status).toBe(401);
  });

  it("is grouped by /64 for IPv6", async () => {
    app = await startApp({ failures: 2, trustProxy: 1 });
    await guess(from("2001:db8:1:2::1"));
    await guess(from("2001:db8:1:2:ffff::"));
    await expectAllBlocked([guess(from("2001:db8:1:2:1:2:3:4"))]);
    expect((await guess(from("2001:db8:1:3::1"))).status).toBe(401);
  });

  it("is that of the connection if the trusted proxy forwards no address", async () => {
    app = await startApp({ failures: 2, trustProxy: 1 });
    await guess(from("unknown"));
    await guess(from("x".repeat(2_000)));
    await expectAllBlocked([guess(from("_hidden")), guess()]);
  });
});
