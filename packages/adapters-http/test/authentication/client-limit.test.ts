import { afterEach, describe, expect, it } from "@jest/globals";
import { SeededApiKeys } from "@payments/domain/testing";
import { startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
afterEach(() => app.stop());

const payment = { amount: 1250, currency: "EUR" };

const me = (apiKey: string) => app.me(apiKey);
const pay = (apiKey: string, body: unknown = payment) => app.pay(apiKey, { body });

/** The remaining requests: `r` of RateLimit. */
const left = ({ headers }: { headers: Headers }): number =>
  Number(/^"client";r=(\d+);t=\d+$/.exec(headers.get("ratelimit") ?? "")?.[1]);

describe.each([
  ["known at once", false],
  ["asked for elsewhere", true],
])("a client's quota, %s,", (_, quotaAsks) => {
  it("is shown by every response, and shared by all routes", async () => {
    app = await startApp({ quotaAsks, clientRequests: 10 });
    const { apiKey } = await app.createClient();
    const answers = [await me(apiKey), await pay(apiKey), await pay(apiKey, {}), await me(apiKey)];
    expect(answers.map(({ status }) => status)).toEqual([200, 201, 400, 200]);
    expect(answers.map(left)).toEqual([9, 8, 7, 6]);
  });

  it("429 when it is used up, until the next window", async () => {
    app = await startApp({ quotaAsks, clientRequests: 2 });
    const { apiKey } = await app.createClient();
    await me(apiKey);
    expect((await pay(apiKey)).status).toBe(201);
    for (const answer of [await me(apiKey), await pay(apiKey), await pay(apiKey, {})]) {
      expect(answer).toMatchObject({ status: 429, body: { code: "too-many-requests", status: 429 } });
      expect(left(answer)).toBe(0);
      const wait = Number(answer.headers.get("retry-after"));
      expect(wait).toBeGreaterThanOrEqual(1);
      expect(answer.headers.get("ratelimit")).toBe(`"client";r=0;t=${wait}`);
      expect(answer.headers.get("ratelimit-policy")).toBe('"client";q=2;w=60');
      expect(answer.headers.get("www-authenticate")).toBeNull();
    }
    expect(app.storage.payments).toHaveLength(1);
    app.clock.advance(60_000);
    expect((await pay(apiKey)).status).toBe(201);
  });

  it("is separate for each client, and does not apply to admins", async () => {
    app = await startApp({ quotaAsks, clientRequests: 1 });
    const [one, other] = [await app.createClient(), await app.createClient()];
    await me(one.apiKey);
    expect((await me(one.apiKey)).status).toBe(429);
    expect((await me(other.apiKey)).status).toBe(200);
    const answer = await app.asAdmin("GET", `/accounts/${one.id}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("ratelimit")).toBeNull();
  });

  it("is neither charged nor shown for a failed authentication", async () => {
    app = await startApp({ quotaAsks, clientRequests: 3 });
    const { id, apiKey } = await app.createClient();
    await app.asAdmin("POST", `/accounts/${id}/api-key`);
    const current = (await app.asAdmin("POST", `/accounts/${id}/api-key`)).body.apiKey;
    for (const key of [apiKey, `${current.slice(0, -1)}!`, new SeededApiKeys(9_000).generate().reveal()]) {
      for (const answer of [await me(key), await pay(key)]) {
        expect(answer.status).toBe(401);
        expect(answer.headers.get("ratelimit")).toBeNull();
      }
    }
    expect(left(await me(current))).toBe(2);
  });

  it("429 is counted in the metrics", async () => {
    app = await startApp({ quotaAsks, clientRequests: 1 });
    const { apiKey } = await app.createClient();
    for (let time = 0; time < 4; time++) await me(apiKey);
    expect((await app.asAdmin("GET", "/metrics")).body).toContain('http_problems_total{code="too-many-requests"} 3\n');
  });

  it("is not shown without a limit", async () => {
    app = await startApp();
    const { apiKey } = await app.createClient();
    const { headers } = await me(apiKey);
    expect([headers.get("ratelimit"), headers.get("ratelimit-policy")]).toEqual([null, null]);
  });
});
