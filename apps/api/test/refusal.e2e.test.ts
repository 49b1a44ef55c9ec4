import { connect } from "node:net";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { CsprngApiKeyGenerator } from "@payments/adapters-crypto";
import { parseApiKeyPrefix } from "@payments/domain";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService, type TestService } from "./support/test-service.ts";

let database: TestDatabase;
let service: TestService;
beforeAll(async () => {
  database = await createTestDatabase();
  service = await startService(database.url);
});
afterAll(async () => {
  await service.stop();
  await database.drop();
});

/** Every byte that comes back, but for the values of the date and of the request id. */
const answerTo = (head: string, body: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    let answer = "";
    socket.on("data", (data) => {
      answer += data;
    });
    socket.once("error", reject);
    socket.once("close", () => {
      resolve(
        answer
          .replace(/^Date: .*$/m, "Date: -")
          .replace(/^X-Request-Id: .{36}\r$/m, "X-Request-Id: -")
          .replace(/"requestId":"[^"]{36}"/, '"requestId":"-"'),
      );
    });
    socket.write(`${head}\r\nHost: api\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  });

const account = async (): Promise<{ id: string; apiKey: string }> =>
  (await service.asAdmin("POST", "/accounts", { name: "Acme", email: "ops@acme.example" })).body;
const rotate = (id: string, overlapSeconds: number) =>
  service.asAdmin("POST", `/accounts/${id}/api-key`, { overlapSeconds });

/** Keys of every state that must not be let in, all of them used for a payment before they ended. */
const refusedKeys = async (): Promise<(string | null)[]> => {
  const used = async () => {
    const made = await account();
    const payment = { amount: 1, currency: "EUR" };
    expect((await service.post("/payments/create", payment, { "x-api-key": made.apiKey })).status).toBe(201);
    return made;
  };
  const [inactive, revoked, rotated, overlapped, deleted] = [
    await used(),
    await used(),
    await used(),
    await used(),
    await used(),
  ];
  await service.asAdmin("PATCH", `/accounts/${inactive.id}`, { status: "inactive" });
  await service.asAdmin("DELETE", `/accounts/${revoked.id}/api-key`);
  await rotate(rotated.id, 0);
  await rotate(overlapped.id, 1);
  await database.knex("clients").where({ id: deleted.id }).delete();
  const prefix = parseApiKeyPrefix("pak_live_")._unsafeUnwrap();
  const unknown = new CsprngApiKeyGenerator(prefix).generate().reveal();
  const [{ api_key: digest }] = await database.knex("clients").whereNotNull("api_key").select("api_key").limit(1);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const ended = [inactive, revoked, rotated, overlapped, deleted].map(({ apiKey }) => apiKey);
  return [null, "nonsense", unknown, `${unknown.slice(0, -1)}!`, digest, ...ended];
};

it("refuses missing, wrong and ended keys with the same bytes on every route, whatever else is wrong", async () => {
  const keys = await refusedKeys();
  const requests: readonly (readonly [string, string])[] = [
    ["GET /me HTTP/1.1", ""],
    ["GET /payments HTTP/1.1", ""],
    ["GET /payments?limit=nonsense HTTP/1.1", ""],
    ["GET /payments/nonsense HTTP/1.1", ""],
    ["POST /payments/create HTTP/1.1\r\nContent-Type: application/json", '{"amount":1,"currency":"EUR"}'],
    ["POST /payments/create HTTP/1.1\r\nContent-Type: application/json", '{"amount":0}'],
    ["POST /payments/create HTTP/1.1\r\nContent-Type: application/json", "not JSON"],
    ["POST /payments/create HTTP/1.1\r\nContent-Type: text/plain", "text"],
    ["POST /payments/create HTTP/1.1\r\nAccept: text/html\r\nx-api-role: admin", "{}"],
    ["POST /payments/create HTTP/1.1\r\nIdempotency-Key: \t", "{}"],
  ];
  const answers = new Set<string>();
  for (const [head, body] of requests) {
    for (const key of keys) answers.add(await answerTo(key === null ? head : `${head}\r\nx-api-key: ${key}`, body));
  }
  expect([...answers]).toHaveLength(1);
  expect([...answers][0]).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n.*WWW-Authenticate: ApiKey realm="payments"\r\n/s);
});
