import { inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { PaymentsAdmin, PaymentsClient } from "@payments/sdk";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";
import { json, problem, startScriptedServer } from "./support/scripted-server.ts";

const SECRET = "pak_live_verySecretKey";

describe("The SDK", () => {
  const using = undoAfterEach();
  const start = async (...script: Parameters<typeof startScriptedServer>) =>
    using(await startScriptedServer(...script), (server) => server.stop());

  it("keeps the base path and encodes ids and cursors", async () => {
    const { baseUrl, seen } = await start(json(200, { data: [], hasMore: false, next: null, previous: null }));
    const client = new PaymentsClient({ baseUrl: `${baseUrl}/api/v1/`, apiKey: SECRET });
    await client.payments.retrieve("a/b?c");
    await client.payments.list({ limit: 5, after: "x&y" }).firstPage();
    await new PaymentsAdmin({ baseUrl, adminToken: "t" }).clients.listPayments("ä").firstPage();
    expect(seen.map(({ url }) => url)).toEqual([
      "/api/v1/payments/a%2Fb%3Fc",
      "/api/v1/payments?limit=5&after=x%26y",
      "/accounts/%C3%A4/payments",
    ]);
  });

  it.each(["", ".", ".."])("rejects the id '%s', which would select another route", async (id) => {
    const { baseUrl, seen } = await start(json(200, {}));
    await expect(new PaymentsClient({ baseUrl, apiKey: SECRET }).payments.retrieve(id)).rejects.toThrow(TypeError);
    await expect(new PaymentsAdmin({ baseUrl, adminToken: "t" }).apiKeys.revoke(id)).rejects.toThrow(TypeError);
    expect(seen).toHaveLength(0);
  });

  it("does not follow redirects, which would send the key to another host", async () => {
    const elsewhere = await start(json(200, {}));
    const { baseUrl } = await start((response) => response.writeHead(307, { location: elsewhere.baseUrl }).end());
    await expect(new PaymentsClient({ baseUrl, apiKey: SECRET }).me()).rejects.toMatchObject({ status: 307 });
    expect(elsewhere.seen).toHaveLength(0);
  });

  it("reads the pages of a list during iteration and stops when the caller stops", async () => {
    const page = (data: number[], next: string | null) => json(200, { data, hasMore: !!next, next, previous: null });
    const { baseUrl, seen } = await start(page([5, 4], "4"), page([3, 2], "2"), page([1], null));
    const list = new PaymentsClient({ baseUrl, apiKey: SECRET }).payments.list({ limit: 2, before: "0" });
    expect(seen).toHaveLength(0);
    const walked: unknown[] = [];
    for await (const payment of list) {
      walked.push(payment);
      if (walked.length === 3) break;
    }
    expect(walked).toEqual([5, 4, 3]);
    expect(seen.map(({ url }) => url)).toEqual(["/payments?limit=2&before=0", "/payments?limit=2&after=4"]);
  });

  it("retries captures, cancellations and refunds, each with one idempotency key for all attempts", async () => {
    const lost = problem(503, "service-unavailable", { "retry-after": "0" });
    const { baseUrl, seen } = await start(...Array.from({ length: 3 }, () => [lost, json(200, { id: "x" })]).flat());
    const client = new PaymentsClient({ baseUrl, apiKey: SECRET });
    await client.payments.capture("pay_1", { amount: 5 });
    await client.payments.cancel("pay_2");
    await client.refunds.create("pay_3", { amount: 5 }, { idempotencyKey: "refund-1" });
    expect(seen.map(({ url }) => url)).toEqual([
      "/payments/pay_1/capture",
      "/payments/pay_1/capture",
      "/payments/pay_2/cancel",
      "/payments/pay_2/cancel",
      "/payments/pay_3/refunds",
      "/payments/pay_3/refunds",
    ]);
    const keys = seen.map(({ headers }) => String(headers["idempotency-key"]));
    expect([keys[0] === keys[1], keys[2] === keys[3], new Set(keys).size]).toEqual([true, true, 3]);
    expect(keys.slice(4)).toEqual(["refund-1", "refund-1"]);
  });

  it("returns request id, replay flag and quota of a success with its result", async () => {
    const { baseUrl } = await start(
      json(201, { id: "p1" }, { "x-request-id": "r1", "idempotent-replayed": "true", ratelimit: '"client";r=7;t=42' }),
      json(200, { id: "p1" }),
      (response) => response.writeHead(204, { "x-request-id": "r2" }).end(),
    );
    const client = new PaymentsClient({ baseUrl, apiKey: SECRET });
    expect(await client.payments.create({ amount: 1, currency: "EUR" }).withResponse()).toEqual({
      data: { id: "p1" },
      response: { status: 201, requestId: "r1", replayed: true, quota: { remaining: 7, resetsInSeconds: 42 } },
    });
    expect(await client.payments.retrieve("p1").withResponse()).toEqual({
      data: { id: "p1" },
      response: { status: 200, requestId: null, replayed: false, quota: null },
    });
    const admin = new PaymentsAdmin({ baseUrl, adminToken: "t" });
    expect(await admin.apiKeys.revoke("c1").withResponse()).toMatchObject({
      data: undefined,
      response: { status: 204 },
    });
  });

  it("rejects withResponse() and then() with the same error, and leaves no rejection unhandled", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    using(note, (listener) => process.off("unhandledRejection", listener));
    const { baseUrl } = await start(json(404, { code: "payment-not-found" }));
    const call = new PaymentsClient({ baseUrl, apiKey: SECRET }).payments.retrieve("p1");
    const error = await call.withResponse().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "payment-not-found" });
    await expect(call).rejects.toBe(error);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(unhandled).toEqual([]);
  });

  it.each([
    ["undefined", undefined],
    ["an empty text", ""],
    ["a line break", `${SECRET}\n`],
    ["characters that HTTP cannot carry", `${SECRET}é`],
  ])("rejects %s as a key or token without repeating it", async (_, secret) => {
    const apiKey = secret as string;
    const baseUrl = "http://127.0.0.1:1";
    const create = () => new PaymentsClient({ baseUrl, apiKey });
    expect(create).toThrow(/^apiKey must be a string of visible ASCII characters/);
    expect(create).not.toThrow(SECRET);
    expect(() => new PaymentsAdmin({ baseUrl, adminToken: apiKey })).toThrow(/^adminToken must be/);
    const provided = new PaymentsAdmin({ baseUrl, adminToken: () => apiKey }).clients.retrieve("a");
    await expect(provided).rejects.toThrow(/^adminToken must be/);
  });

  it.each([
    { baseUrl: "payments.example" },
    { baseUrl: "ftp://payments.example" },
    { baseUrl: "https://user:password@payments.example" },
    { baseUrl: "https://:password@payments.example" },
    { baseUrl: "https://payments.example?x=1" },
    { timeoutMs: 0 },
    { timeoutMs: Number.POSITIVE_INFINITY },
    { maxAttempts: Number.NaN },
    { totalTimeoutMs: -1 },
  ])("rejects the option %j", (option) => {
    expect(() => new PaymentsClient({ baseUrl: "https://payments.example", apiKey: SECRET, ...option })).toThrow(
      new RegExp(`^${Object.keys(option)[0]} must be`),
    );
  });

  it("rejects an idempotency key that HTTP cannot carry", async () => {
    const client = new PaymentsClient({ baseUrl: "http://127.0.0.1:1", apiKey: SECRET });
    for (const idempotencyKey of ["", "a\nb", "é", "x".repeat(256)]) {
      const made = client.payments.create({ amount: 1, currency: "EUR" }, { idempotencyKey });
      await expect(made).rejects.toThrow(/^idempotencyKey must be/);
    }
  });

  it("shows the key in no printed or serialized object or error", async () => {
    const leaky: typeof fetch = async (_url, init) => {
      const sent = JSON.stringify(init?.headers);
      throw Object.assign(new Error("wrapped", { cause: new Error(`could not send ${sent}`) }), { config: init });
    };
    const options = { baseUrl: "http://127.0.0.1:1", fetch: leaky, maxAttempts: 1 };
    const client = new PaymentsClient({ ...options, apiKey: SECRET });
    const admin = new PaymentsAdmin({ ...options, adminToken: SECRET });
    const list = client.payments.list();
    const errors = await Promise.all(
      [client.me(), admin.clients.retrieve("a"), list.firstPage()].map((call) => call.catch((error: unknown) => error)),
    );
    for (const thing of [client, admin, list, ...errors]) {
      const shown = [
        inspect(thing, { depth: 20, showHidden: true }),
        JSON.stringify(thing),
        String(thing),
        thing instanceof Error
          ? `${thing.message} ${thing.stack} ${JSON.stringify(thing, Object.getOwnPropertyNames(thing))}`
          : "",
      ].join("\n");
      expect(shown).not.toContain(SECRET);
    }
    expect(String(errors[0])).toContain('could not send {"accept":"application/json","x-api-key":"[secret]"}');
  });
});
