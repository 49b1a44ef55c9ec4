import { afterEach, expect, it } from "@jest/globals";
import type { PaymentRepository } from "@payments/domain";
import { SeededApiKeys } from "@payments/domain/testing";
import { errAsync } from "neverthrow";
import { failingPayments, startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
afterEach(() => app.stop());

const payment = { amount: 1250, currency: "EUR" };

/** The log lines of one request. */
const eventsOf = (requestId: string | null) =>
  app.lines
    .map((line) => JSON.parse(line))
    .filter((line) => line.requestId === requestId && line.event !== undefined)
    .map(({ level, time, pid, hostname, msg, address, milliseconds, ...event }) => event);

const send = async (method: string, path: string, headers: Record<string, string>, body?: object) => {
  const answer = await app.request(method, path, { headers, body });
  return { status: answer.status, events: eventsOf(answer.headers.get("x-request-id")) };
};

it("logs once why each authentication failed, with the request id of the response", async () => {
  app = await startApp();
  const [inactive, revoked] = [await app.createClient(), await app.createClient()];
  await app.asAdmin("PATCH", `/accounts/${inactive.id}`, { status: "inactive" });
  await app.asAdmin("DELETE", `/accounts/${revoked.id}/api-key`);
  const unknown = new SeededApiKeys(99).generate();
  const refusals: readonly (readonly [Record<string, string>, object])[] = [
    [{}, { reason: "api-key-missing" }],
    [{ "x-api-key": "nonsense" }, { reason: "api-key-malformed" }],
    [{ "x-api-key": unknown.reveal() }, { reason: "api-key-unknown", keyHint: unknown.hint }],
    [{ "x-api-key": revoked.apiKey }, { reason: "api-key-unknown", keyHint: expect.stringMatching(/\.\.\./) }],
    [
      { "x-api-key": inactive.apiKey },
      { reason: "client-inactive", clientId: inactive.id, keyHint: expect.anything() },
    ],
  ];
  for (const [method, path, body] of [
    ["GET", "/me", undefined],
    ["POST", "/payments/create", payment],
  ] as const) {
    for (const [headers, why] of refusals) {
      const { status, events } = await send(method, path, headers, body);
      expect(status).toBe(401);
      expect(events).toEqual([expect.objectContaining({ event: "authentication-refused", method: "api-key", ...why })]);
    }
  }
});

it.each([
  [401, {}, { reason: "admin-token-missing" }],
  [401, { authorization: "Basic YTpi" }, { reason: "not a bearer token" }],
  [401, { authorization: "Bearer nonsense" }, { reason: "of the test" }],
  [403, { authorization: "Bearer user" }, { reason: "admin-role-missing", admin: "bob" }],
])("logs why an admin got %i: %j", async (expected, headers, why) => {
  app = await startApp();
  const { status, events } = await send("GET", "/accounts", headers as Record<string, string>);
  expect(status).toBe(expected);
  expect(events).toEqual([expect.objectContaining({ event: "authentication-refused", method: "admin-token", ...why })]);
});

it("logs the client or admin in the line of the request, also if the request fails later", async () => {
  app = await startApp();
  const { id, apiKey } = await app.createClient();
  const keyHint = expect.stringMatching(/^\w+\.\.\.\w{4}$/);
  for (const [body, status] of [
    [payment, 201],
    [{ amount: 0 }, 400],
  ] as const) {
    const { events } = await send("POST", "/payments/create", { "x-api-key": apiKey }, body);
    expect(events).toEqual([
      expect.objectContaining({ event: "authentication-accepted", clientId: id, keyHint, status }),
    ]);
  }
  const { events } = await send("GET", "/accounts", { authorization: "Bearer admin" });
  expect(events).toEqual([expect.objectContaining({ event: "authentication-accepted", admin: "ada", status: 200 })]);
});

it("logs a failed authentication for a cached key that is not current when the payment is stored", async () => {
  const payments: PaymentRepository = {
    ...failingPayments("bug"),
    create: () => errAsync({ type: "credential-not-current" }),
  };
  app = await startApp({ payments });
  const { id, apiKey } = await app.createClient();
  const { status, events } = await send("POST", "/payments/create", { "x-api-key": apiKey }, payment);
  expect(status).toBe(401);
  expect(events).toEqual([
    {
      event: "authentication-refused",
      requestId: expect.anything(),
      method: "api-key",
      reason: "credential-not-current",
      clientId: id,
      keyHint: expect.stringMatching(/\.\.\./),
    },
  ]);
});

it("logs the admin and the client of every change to a client or key", async () => {
  app = await startApp();
  const asAdmin = { authorization: "Bearer admin" };
  const { id } = await app.createClient();
  const keyHint = expect.stringMatching(/\.\.\./);
  for (const [method, path, body, event] of [
    ["POST", "/accounts", { name: "B", email: "b@example.com" }, { event: "client-created", keyHint }],
    ["PATCH", `/accounts/${id}`, { name: "C" }, { event: "client-updated", clientId: id, keyHint, fields: ["name"] }],
    ["POST", `/accounts/${id}/api-key`, { overlapSeconds: 9 }, { event: "api-key-rotated", clientId: id, keyHint }],
    [
      "DELETE",
      `/accounts/${id}/former-api-key`,
      undefined,
      { event: "former-api-key-ended", clientId: id, keyHint: null, formerKeyHint: keyHint },
    ],
    [
      "DELETE",
      `/accounts/${id}/api-key`,
      undefined,
      { event: "api-key-revoked", clientId: id, keyHint, formerKeyHint: null },
    ],
  ] as const) {
    const { events } = await send(method, path, asAdmin, body);
    expect(events).toEqual([
      expect.objectContaining({ admin: "ada", ...event }),
      expect.objectContaining({ event: "authentication-accepted", admin: "ada" }),
    ]);
  }
});
