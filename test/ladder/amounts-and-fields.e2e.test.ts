import { expect } from "@jest/globals";
import { createTestDatabase } from "../support/test-database.ts";
import { startService } from "../support/test-service.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { guarantee } from "./support/guarantee.ts";
import { rawRequest, rawResponse, statusOf } from "./support/raw-response.ts";

const using = undoAfterEach();

/** As JSON text, because a JavaScript number cannot represent all of them. */
const REJECTED_AMOUNTS = [
  ...["0", "-0", "-1", "1.5", "0.1", "1e400", "-1e400", "1e-400", "100000000000", "2147483648.5", "4294967296.1"],
  ...["9007199254740991", "9007199254740992", "9007199254740993", "9223372036854775807", "9223372036854775808"],
  ...[
    "18446744073709551616",
    "1.00000000000000000001",
    "99999999999.9",
    "1e100",
    "01",
    "+1",
    ".5",
    "1.",
    "0x10",
    "1_000",
  ],
  ...['"1"', '""', '"1e3"', "null", "true", "[]", "[1]", "{}", '{"valueOf":1}', "NaN", "Infinity", "1,2"],
];
const ACCEPTED_AMOUNTS: readonly (readonly [text: string, amount: string])[] = [
  ["1", "1"],
  ["1.0", "1"],
  ["1e3", "1000"],
  ["2147483647", "2147483647"],
  ["2147483648", "2147483648"],
  ["4294967296", "4294967296"],
  ["99999999999", "99999999999"],
];

/** Extra fields that name a client, a column or a property of an object. */
const FOREIGN_FIELDS = [
  '"id":"00000000-0000-7000-8000-000000000000"',
  '"status":"paid"',
  '"createdAt":"2000-01-01T00:00:00Z"',
  '"client_id":"OTHER"',
  '"ClientId":"OTHER"',
  '"clientid":"OTHER"',
  '"client":{"id":"OTHER"}',
  '"__proto__":{"clientId":"OTHER","status":"paid"}',
  '"constructor":{"prototype":{"status":"paid"}}',
  '"prototype":{"status":"paid"}',
  '"toString":"x"',
  '"hasOwnProperty":true',
  '"amount":2',
  '"currency":"USD"',
  '"\\u0061mount":2',
  '"idempotencyKey":"x"',
  '"metadata":{"__proto__":"x"}',
  '"metadata":[]',
  '"metadata":{"a":1}',
  '"metadata":{"a":{"b":"c"}}',
  '"description":1',
  '"description":{}',
];
const IGNORED_FIELDS = ['"clientId":"OTHER"', '"clientId":null', '"clientId":{"$ne":null}', '"clientId":["OTHER"]'];
/** Names with a meaning elsewhere that are ordinary names of metadata. */
const KEPT_METADATA = ["constructor", "toString", "status", "id", "clientId", "hasOwnProperty"];

guarantee(
  {
    id: "amounts-and-fields",
    says: "An amount is stored exactly or rejected with 400. No field of a body changes a payment's client or any other field that the caller does not own. There is no 5xx and no silent change.",
    covers: "ASVS 5.0 2.2.1, 2.2.2, 15.3.3, 15.3.6 / CWE-190, CWE-681, CWE-915, CWE-1321",
    short: {},
    long: {},
  },
  async () => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const service = using(await startService(database.url), (one) => one.stop());
    const createClient = async () => await service.createClient();
    const [payer, other] = [await createClient(), await createClient()];
    const post = async (body: string, headers: string[] = []): Promise<string> => {
      const all = ["Content-Type: application/json", `x-api-key: ${payer.apiKey}`, ...headers];
      const path = `/payments/create?clientId=${other.id}&amount=7`;
      return rawResponse(service.url, rawRequest({ method: "POST", path, headers: all, body }));
    };
    const bodyOf = (response: string) => JSON.parse(response.slice(response.indexOf("\r\n\r\n")));
    const wrong: string[] = [];
    const stored: object[] = [];
    const expected = (more: object) => ({ client_id: payer.id, currency: "EUR", ...more });

    for (const amount of REJECTED_AMOUNTS) {
      const response = await post(`{"amount":${amount},"currency":"EUR"}`);
      if (statusOf(response) !== 400) wrong.push(`amount ${amount}: ${response}`);
    }
    for (const [text, amount] of ACCEPTED_AMOUNTS) {
      const response = await post(`{"amount":${text},"currency":"EUR"}`);
      if (statusOf(response) !== 201 || String(bodyOf(response).amount) !== amount)
        wrong.push(`amount ${text}: ${response}`);
      stored.push(expected({ amount, metadata: {} }));
    }
    for (const field of FOREIGN_FIELDS) {
      const response = await post(`{"amount":1,"currency":"EUR",${field.replace("OTHER", other.id)}}`);
      if (statusOf(response) !== 400) wrong.push(`${field}: ${response}`);
    }
    for (const field of IGNORED_FIELDS) {
      const headers = [`X-Client-Id: ${other.id}`, `clientId: ${other.id}`];
      const response = await post(`{"amount":1,"currency":"EUR",${field.replace("OTHER", other.id)}}`, headers);
      const { clientId, status } = bodyOf(response);
      if (statusOf(response) !== 201 || clientId !== payer.id || status !== "created") {
        wrong.push(`${field}: ${response}`);
      }
      stored.push(expected({ amount: "1", metadata: {} }));
    }
    for (const name of KEPT_METADATA) {
      const response = await post(`{"amount":1,"currency":"EUR","metadata":{"${name}":"x"}}`);
      const metadata = { [name]: "x" };
      if (statusOf(response) !== 201 || JSON.stringify(bodyOf(response).metadata) !== JSON.stringify(metadata)) {
        wrong.push(`metadata ${name}: ${response}`);
      }
      stored.push(expected({ amount: "1", metadata }));
    }
    expect(wrong).toEqual([]);
    const rows = await database.knex("payments").orderBy("id");
    expect(
      rows.map(({ client_id, currency, amount, metadata }) => ({ client_id, currency, amount, metadata })),
    ).toEqual(stored);
    const rejected = REJECTED_AMOUNTS.length + FOREIGN_FIELDS.length;
    return `${rejected} of ${rejected} rejected with 400, ${stored.length} of ${stored.length} stored as sent under the key's client`;
  },
);
