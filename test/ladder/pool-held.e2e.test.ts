import { expect } from "@jest/globals";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { startApi } from "./support/api-process.ts";
import { clientOf } from "./support/client-of.ts";
import { promise } from "./support/promise.ts";

const using = undoAfterEach();

const CONNECTIONS = 500;
const POOL_SIZE = 10;
/** So that whoever has a connection holds it for longer than others wait for one: until the statement's own limit. */
const NO_LOCK_LIMIT = "lock_timeout=0";

promise(
  {
    id: "pool-held",
    says: "while 500 requests at once hold the pool full every one is refused with 503: without a connection within the acquire limit of 2 s, having waited 1 s for one, or with one after the 3 s that its statement may take, at the latest within 3.5 s; none hangs, and nothing is left idle in transaction",
    covers: "ASVS 5.0 13.1.2, 13.1.3, 13.2.6 / CWE-400, CWE-772",
    short: { rounds: 1 },
    long: { rounds: 20 },
  },
  async ({ rounds }, { progress, allowed }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const variables = { DATABASE_POOL_SIZE: String(POOL_SIZE) };
    const api = using(await startApi(`${database.url}?${NO_LOCK_LIMIT}`, variables), (own) => own.end("SIGKILL"));
    const client = using(clientOf(api.url, await api.createAccount()), (own) => own.close());
    const openTransactions = async (): Promise<number> => {
      const { rows } = await database.knex.raw(
        `select count(*)::int from pg_stat_activity
         where application_name = 'payments-api' and datname = current_database() and state like 'idle in transaction%'`,
      );
      return rows[0].count;
    };
    let slowest = 0;
    let slowestWithoutConnection = 0;
    for (let round = 1; round <= rounds; round++) {
      expect((await client.pay({ name: `before ${round}` })).status).toBe(201);
      const holder = using(await database.knex.transaction(), (trx) =>
        trx.isCompleted() ? undefined : trx.rollback(),
      );
      // On a slow machine a round takes longer than the 5 s after which this transaction would be ended, too.
      await holder.raw("set local idle_in_transaction_session_timeout = 0");
      await holder.raw("lock table payments in access exclusive mode");
      const replies = await Promise.all(Array.from({ length: CONNECTIONS }, () => client.request("/payments")));
      const answers = replies.map(({ status, headers }) => `${status} ${headers["retry-after"]}`);
      expect(new Set(answers)).toEqual(new Set(["503 1"]));
      const times = replies.map(({ milliseconds }) => milliseconds).sort((one, other) => one - other);
      slowest = Math.max(slowest, times.at(-1) ?? 0);
      slowestWithoutConnection = Math.max(slowestWithoutConnection, times.at(-POOL_SIZE - 1) ?? 0);
      expect(await openTransactions()).toBe(0);
      await holder.rollback();
      // Every connection of the pool is good again.
      const after = await Promise.all(Array.from({ length: 2 * POOL_SIZE }, () => client.request("/payments")));
      expect(new Set(after.map(({ status }) => status))).toEqual(new Set([200]));
      progress(`${round} of ${rounds} rounds`);
    }
    expect(slowestWithoutConnection).toBeLessThan(allowed(2_000));
    expect(slowest).toBeLessThan(allowed(3_500));
    const waited = `without a connection within ${Math.ceil(slowestWithoutConnection)} ms`;
    return `${rounds * CONNECTIONS} of ${rounds * CONNECTIONS} requests 503, ${waited}, with one ${Math.ceil(slowest)} ms; 0 idle in transaction`;
  },
);
