import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import type { JsonResponse } from "../support/api-caller.ts";
import { type ApiProcess, startApi } from "../support/api-process.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { clientOf } from "./support/client-of.ts";
import { guarantee } from "./support/guarantee.ts";

const using = undoAfterEach();

const PAYERS_A_PROCESS = 4;

const paymentsOf = async ({ knex }: TestDatabase, id: string): Promise<number> =>
  Number((await knex("payments").where({ client_id: id }).count("* as count"))[0]?.["count"]);

/** Pays through all processes without a pause until the key is rejected. */
const payUntilRefused = (apis: readonly ApiProcess[], apiKey: string) => {
  const payers = apis.flatMap(({ url }) => Array.from({ length: PAYERS_A_PROCESS }, () => clientOf(url, { apiKey })));
  let paid = 0;
  const ended = Promise.all(
    payers.map(async (payer) => {
      for (
        let reply = await payer.pay({ name: "held" });
        reply.status !== 401;
        reply = await payer.pay({ name: "held" })
      ) {
        if (reply.status !== 201) throw new Error(`unexpected: ${reply.status} ${reply.body}`);
        paid++;
      }
      payer.close();
    }),
  );
  return { ended, paid: () => paid };
};

/** Milliseconds from `since` until the last successful read with the key, through all processes. */
const servedUntil = async (apis: readonly ApiProcess[], apiKey: string, since: number): Promise<number> => {
  const lasts = apis.map(async ({ url }) => {
    const reader = clientOf(url, { apiKey });
    let last = since;
    for (let rejected = false; !rejected; ) {
      const sent = Date.now();
      rejected = (await reader.request("/me")).status === 401;
      if (!rejected) last = sent;
    }
    reader.close();
    return last - since;
  });
  return Math.max(...(await Promise.all(lasts)));
};

guarantee(
  {
    id: "keys-ended",
    says: "Across two processes under load, no payment is created with a key after its revocation, its rotation or its client's deactivation is acknowledged. A read with it is rejected within 1 s. An overlap ends within 1 s of its time.",
    covers: "ASVS 5.0 7.4.1, 7.4.2 / CWE-613, CWE-367",
    short: { rounds: 9 },
    long: { rounds: 102 },
  },
  async ({ rounds }, { progress, allowed }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const apis = await Promise.all([startApi(database.url), startApi(database.url)]);
    using(apis, (both) => Promise.all(both.map((api) => api.end("SIGKILL"))));
    const [api, other] = apis;
    const ends: readonly ((id: string) => Promise<JsonResponse>)[] = [
      (id) => other.asAdmin("DELETE", `/accounts/${id}/api-key`),
      (id) => other.asAdmin("POST", `/accounts/${id}/api-key`, {}),
      (id) => other.asAdmin("PATCH", `/accounts/${id}`, { status: "inactive" }),
    ];
    let paid = 0;
    let slowestRead = 0;
    for (let round = 0; round < rounds; round++) {
      const { id, apiKey } = await api.createClient();
      const payers = payUntilRefused(apis, apiKey);
      while (payers.paid() < 20) await sleep(5);
      expect([200, 201, 204]).toContain((await ends[round % ends.length]?.(id))?.status);
      const answered = Date.now();
      const storedWhenAnswered = await paymentsOf(database, id);
      slowestRead = Math.max(slowestRead, await servedUntil(apis, apiKey, answered));
      await payers.ended;
      expect(await paymentsOf(database, id)).toBe(storedWhenAnswered);
      // A rejected payment is not stored either.
      expect(payers.paid()).toBe(storedWhenAnswered);
      paid += payers.paid();
      progress(`${round + 1} of ${rounds} keys ended`);
    }
    const { id, apiKey } = await api.createClient();
    const payers = payUntilRefused(apis, apiKey);
    const rotated = await other.asAdmin("POST", `/accounts/${id}/api-key`, { overlapSeconds: 1 });
    const endsAt = Date.parse(rotated.body.overlapEndsAt);
    const late = await servedUntil(apis, apiKey, endsAt);
    await payers.ended;
    const [last] = await database.knex("payments").where({ client_id: id }).max("created_at as at");
    const lastPayment = new Date(String(last?.["at"])).getTime() - endsAt;
    expect(payers.paid()).toBeGreaterThan(0);
    expect(slowestRead).toBeLessThan(allowed(1_000));
    for (const milliseconds of [late, lastPayment]) expect(milliseconds).toBeLessThan(allowed(1_000));
    return `${rounds} keys ended under ${paid} payments, 0 payments after the response; last read ${slowestRead} ms after it; an overlap served until ${Math.max(late, lastPayment)} ms after its end`;
  },
);
