import { inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { PaymentsAdmin, PaymentsClient } from "@payments/sdk";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";
import { json, startScriptedServer } from "./support/scripted-server.ts";

const SECRET = "pak_live_verySecretKey";

describe("The SDK", () => {
  const using = undoAfterEach();
  const start = async (...script: Parameters<typeof startScriptedServer>) =>
    using(await startScriptedServer(...script), (server) => server.stop());

  it("keeps the base path, and encodes ids and cursors", async () => {
    const { baseUrl, seen } = await start(json(200, { data: [], hasMore: false, next: null, previous: null }));
    const client = new PaymentsClient({ baseUrl: `${baseUrl}/api/v1/`, apiKey: SECRET });
    await client.readPayment("a/b?c");
    await client.listPayments({ limit: 5, after: "x&y" }).firstPage();
    await new PaymentsAdmin({ baseUrl, adminToken: "t" }).listAccountPayments("ä").firstPage();
    expect(seen.map(({ url }) => url)).toEqual([
      "/api/v1/payments/a%2Fb%3Fc",
      "/api/v1/payments?limit=5&after=x%26y",
      "/accounts/%C3%A4/payments",
    ]);
  });

  it.each(["", ".", ".."])("refuses the id '%s', which would lead to another route", async (id) => {
    const { baseUrl, seen } = await start(json(200, {}));
    await expect(new PaymentsClient({ baseUrl, apiKey: SECRET }).readPayment(id)).rejects.toThrow(TypeError);
    await expect(new PaymentsAdmin({ baseUrl, adminToken: "t" }).revokeApiKey(id)).rejects.toThrow(TypeError);
    expect(seen).toHaveLength(0);
  });

  it("doesn't follow redirects, which would carry the key elsewhere", async () => {
    const elsewhere = await start(json(200, {}));
    const { baseUrl } = await start((response) => response.writeHead(307, { location: elsewhere.baseUrl }).end());
    await expect(new PaymentsClient({ baseUrl, apiKey: SECRET }).readMe()).rejects.toMatchObject({ status: 307 });
    expect(elsewhere.seen).toHaveLength(0);
  });

  it("reads a list page by page as it is walked through, and stops when the caller does", async () => {
    const page = (data: number[], next: string | null) => json(200, { data, hasMore: !!next, next, previous: null });
    const { baseUrl, seen } = await start(page([5, 4], "4"), page([3, 2], "2"), page([1], null));
    const list = new PaymentsClient({ baseUrl, apiKey: SECRET }).listPayments({ limit: 2, before: "0" });
    expect(seen).toHaveLength(0);
    const walked: unknown[] = [];
    for await (const payment of list) {
      walked.push(payment);
      if (walked.length === 3) break;
    }
    expect(walked).toEqual([5, 4, 3]);
    expect(seen.map(({ url }) => url)).toEqual(["/payments?limit=2&before=0", "/payments?limit=2&after=4"]);
  });

  it.each([
    ["undefined", undefined],
    ["nothing", ""],
    ["a line end", `${SECRET}\n`],
    ["what HTTP can't carry", `${SECRET}é`],
  ])("refuses %s as a key or token, without repeating it", async (_, secret) => {
    const apiKey = secret as string;
    const baseUrl = "http://127.0.0.1:1";
    const making = () => new PaymentsClient({ baseUrl, apiKey });
    expect(making).toThrow(/^apiKey must be a string of visible ASCII characters/);
    expect(making).not.toThrow(SECRET);
    expect(() => new PaymentsAdmin({ baseUrl, adminToken: apiKey })).toThrow(/^adminToken must be/);
    const provided = new PaymentsAdmin({ baseUrl, adminToken: () => apiKey }).readAccount("a");
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
    { maxTries: Number.NaN },
    { maxTimeMs: -1 },
  ])("refuses the option %j", (option) => {
    expect(() => new PaymentsClient({ baseUrl: "https://payments.example", apiKey: SECRET, ...option })).toThrow(
      new RegExp(`^${Object.keys(option)[0]} must be`),
    );
  });

  it("refuses an idempotency key that HTTP can't carry", async () => {
    const client = new PaymentsClient({ baseUrl: "http://127.0.0.1:1", apiKey: SECRET });
    for (const idempotencyKey of ["", "a\nb", "é", "x".repeat(256)]) {
      const made = client.createPayment({ amount: 1, currency: "EUR" }, { idempotencyKey });
      await expect(made).rejects.toThrow(/^idempotencyKey must be/);
    }
  });

  it("shows the key in nothing that is printed or serialised, errors included", async () => {
    const leaky: typeof fetch = async (_url, init) => {
      const sent = JSON.stringify(init?.headers);
      throw Object.assign(new Error("wrapped", { cause: new Error(`could not send ${sent}`) }), { config: init });
    };
    const options = { baseUrl: "http://127.0.0.1:1", fetch: leaky, maxTries: 1 };
    const client = new PaymentsClient({ ...options, apiKey: SECRET });
    const admin = new PaymentsAdmin({ ...options, adminToken: SECRET });
    const list = client.listPayments();
    const errors = await Promise.all(
      [client.readMe(), admin.readAccount("a"), list.firstPage()].map((call) => call.catch((error: unknown) => error)),
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
