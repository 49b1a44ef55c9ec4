import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { CsprngApiKeyGenerator } from "@payments/adapters-crypto";
import { openApiDocument } from "@payments/adapters-http";
import { parseApiKeyPrefix } from "@payments/domain";
import { expectOk } from "@payments/domain/testing";
import type { TestClient } from "../support/api-caller.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { startService, type TestService } from "../support/test-service.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { guarantee } from "./support/guarantee.ts";
import { type RawRequest, rawRequest, rawResponse } from "./support/raw-response.ts";

const using = undoAfterEach();

const PAYMENT = '{"amount":1,"currency":"EUR"}';
const JSON_TYPE = "Content-Type: application/json";

/** A client whose key has created a payment, so that the service has cached it. */
const used = async (service: TestService): Promise<TestClient> => {
  const client = await service.createClient();
  expect((await service.pay(client.apiKey)).status).toBe(201);
  return client;
};

/** One header for each state of a credential that must be rejected. */
const rejectedCredentials = async (service: TestService, { knex }: TestDatabase) => {
  const rotate = ({ id }: TestClient, overlapSeconds: number) =>
    service.asAdmin("POST", `/accounts/${id}/api-key`, { overlapSeconds });
  const held = async () => used(service);
  const [inactive, revoked, rotated, overlapped, deleted, active] = [
    await held(),
    await held(),
    await held(),
    await held(),
    await held(),
    await held(),
  ];
  await service.asAdmin("PATCH", `/accounts/${inactive.id}`, { status: "inactive" });
  await service.asAdmin("DELETE", `/accounts/${revoked.id}/api-key`);
  await rotate(rotated, 0);
  await rotate(overlapped, 1);
  await knex("clients").where({ id: deleted.id }).delete();
  const stored = await knex("clients").where({ id: active.id }).first("api_key");
  const unknown = new CsprngApiKeyGenerator(expectOk(parseApiKeyPrefix("pak_live_"))).generate("live").reveal();
  await sleep(1_100);
  const apiKey = (key: string) => [`x-api-key: ${key}`];
  return {
    missing: [],
    empty: apiKey(""),
    malformed: apiKey("nonsense"),
    misspelt: apiKey(`${active.apiKey.slice(0, -1)}${active.apiKey.endsWith("0") ? "1" : "0"}`),
    unknown: apiKey(unknown),
    "the stored form of a key": apiKey(stored.api_key),
    "of an inactive client": apiKey(inactive.apiKey),
    revoked: apiKey(revoked.apiKey),
    "rotated away": apiKey(rotated.apiKey),
    "after its overlap": apiKey(overlapped.apiKey),
    "of a deleted client": apiKey(deleted.apiKey),
    "in another header": [`Authorization: Bearer ${active.apiKey}`],
  };
};

/** Every documented route that accepts a key, with valid and invalid requests. */
const requests = (): readonly RawRequest[] => {
  const routes = Object.entries(openApiDocument("").paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { security }]) => security?.some((scheme) => "apiKey" in scheme))
      .map(([method]) => ({ method: method.toUpperCase(), path: path.replaceAll(/\{\w+\}/g, "nonsense") })),
  );
  expect(routes.length).toBeGreaterThanOrEqual(4);
  const create = { method: "POST", path: "/payments/create" };
  return [
    ...routes.map((route) => (route.method === "POST" ? { ...route, headers: [JSON_TYPE], body: PAYMENT } : route)),
    { path: "/payments?limit=nonsense" },
    { path: "/me", headers: ["x-api-role: admin"] },
    { ...create, headers: [JSON_TYPE], body: '{"amount":0}' },
    { ...create, headers: [JSON_TYPE], body: "not JSON" },
    { ...create, headers: ["Content-Type: text/plain"], body: "text" },
    { ...create, headers: [JSON_TYPE, "Accept: text/html"], body: "{}" },
    { ...create, headers: [JSON_TYPE, "Idempotency-Key: \t"], body: "{}" },
    { ...create },
  ];
};

/** Every byte except the values of date and request id. */
const comparable = (response: string): string =>
  response
    .replace(/^Date: .*$/m, "Date: -")
    .replace(/^X-Request-Id: .{36}\r$/m, "X-Request-Id: -")
    .replace(/"requestId":"[^"]{36}"/, '"requestId":"-"');

guarantee(
  {
    id: "key-refusal",
    says: "Every rejected key gets the same 401, byte for byte except date and request id. This holds for every state of a key, on every route that accepts a key, and for every other fault of the request.",
    covers: "ASVS 5.0 6.3.8, 16.5.1 / CWE-204, CWE-209",
    short: { storages: ["digest"] },
    long: { storages: ["digest", "plaintext"] },
  },
  async ({ storages }) => {
    const responses = new Map<string, string>();
    let count = 0;
    let states = 0;
    for (const storage of storages) {
      const database = using(await createTestDatabase(), (created) => created.drop());
      const { url } = storage === "plaintext" ? database.unlogged : database;
      const service = using(await startService(url, { API_KEY_STORAGE: storage }), (one) => one.stop());
      const credentials = Object.entries(await rejectedCredentials(service, database)).filter(
        // With plaintext storage the stored value is the key itself.
        ([state]) => storage === "digest" || state !== "the stored form of a key",
      );
      states = Math.max(states, credentials.length);
      for (const request of requests()) {
        for (const [state, credential] of credentials) {
          const headers = [...(request.headers ?? []), ...credential];
          const response = comparable(await rawResponse(service.url, rawRequest({ ...request, headers })));
          responses.set(response, `${request.method} ${request.path} with a key that is ${state}`);
          count++;
        }
      }
    }
    expect([...responses.values()]).toHaveLength(1);
    expect([...responses.keys()][0]).toMatch(
      /^HTTP\/1\.1 401 Unauthorized\r\n.*WWW-Authenticate: ApiKey realm="payments"\r\n/s,
    );
    return `${count} of ${count} rejections alike, ${requests().length} requests with ${states} states of a key`;
  },
);
