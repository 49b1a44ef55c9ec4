import { expect } from "@jest/globals";
import { startApi } from "../support/api-process.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { clientOf } from "./support/client-of.ts";
import { guarantee } from "./support/guarantee.ts";
import type { Reply } from "./support/send.ts";

const using = undoAfterEach();

const RETRIES = 100;
const KEYS_AT_ONCE = 5;

const idOf = ({ body }: Reply): string => JSON.parse(body).id;
const isRejection = ({ status }: Reply): boolean => status === 503 || status === 429;
const isReplay = ({ headers }: Reply): boolean => headers["idempotent-replayed"] === "true";

guarantee(
  {
    id: "retries-at-once",
    says: "100 parallel retries of each of 50 idempotency keys across two API processes create exactly 50 payments. The same key of another client is independent, and a retry with a rotated API key replays.",
    covers: "ASVS 5.0 2.3.4, 15.4.2 / CWE-362, CWE-837",
    short: { keys: 50 },
    long: { keys: 1_000 },
  },
  async ({ keys }, { progress }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const apis = await Promise.all([startApi(database.url), startApi(database.url)]);
    using(apis, (both) => Promise.all(both.map((api) => api.end("SIGKILL"))));
    const [api] = apis;
    const [client, other] = [await api.createClient(), await api.createClient()];
    const callers = apis.map(({ url }) => using(clientOf(url, client), (own) => own.close()));
    const payUntilAcknowledged = async (idempotencyKey: string, process: number): Promise<Reply> => {
      const reply = (await callers[process % 2]?.pay({ name: "retried", idempotencyKey })) as Reply;
      return isRejection(reply) ? payUntilAcknowledged(idempotencyKey, process) : reply;
    };

    const first = new Map<string, string>();
    for (let start = 0; start < keys; start += KEYS_AT_ONCE) {
      const names = Array.from({ length: KEYS_AT_ONCE }, (_, index) => `key-${start + index}`);
      const groups = await Promise.all(
        names.map((key) =>
          Promise.all(Array.from({ length: RETRIES }, (_, index) => payUntilAcknowledged(key, index))),
        ),
      );
      groups.forEach((replies, index) => {
        expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
        expect(replies.filter((reply) => !isReplay(reply)).length).toBeLessThanOrEqual(1);
        const ids = new Set(replies.map(idOf));
        expect(ids.size).toBe(1);
        first.set(names[index] ?? "", [...ids][0] ?? "");
      });
      progress(`${start + KEYS_AT_ONCE} of ${keys} keys`);
    }
    const { rows } = await database.knex.raw("select count(*)::int from payments where client_id = ?", [client.id]);
    expect(rows[0].count).toBe(keys);

    const { body: rotation } = await api.asAdmin("POST", `/accounts/${client.id}/api-key`, {});
    const { apiKey } = rotation;
    for (const { url } of apis) {
      const another = using(clientOf(url, other), (own) => own.close());
      const rotated = using(clientOf(url, { apiKey }), (own) => own.close());
      const theirs = await another.pay({ name: "retried", idempotencyKey: "key-0" });
      expect([theirs.status, idOf(theirs) === first.get("key-0")]).toEqual([201, false]);
      for (const [idempotencyKey, id] of first) {
        const replay = await rotated.pay({ name: "retried", idempotencyKey });
        expect([replay.status, isReplay(replay), idOf(replay)]).toEqual([201, true, id]);
      }
      expect((await callers[apis.findIndex((one) => one.url === url)]?.request("/me"))?.status).toBe(401);
    }
    return `${keys * RETRIES} requests, ${keys} payments; ${keys} of ${keys} replayed with the rotated key`;
  },
);
