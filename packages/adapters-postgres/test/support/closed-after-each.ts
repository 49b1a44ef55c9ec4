import { startTcpProxy, type TcpProxy } from "../../../../test/support/tcp-proxy.ts";
import { undoAfterEach } from "../../../../test/support/undo-after-each.ts";
import { createKnex, type Knex } from "../../src/index.ts";

/** Pools and proxies that are closed after each test, also after one that failed. */
export const closedAfterEach = () => {
  const using = undoAfterEach();
  return {
    using,
    openKnex: (connectionString: string, poolSize = 4): Knex =>
      using(createKnex({ connectionString, poolSize }), (knex) => knex.destroy()),
    openProxy: async (target: string): Promise<TcpProxy> =>
      using(await startTcpProxy(target), (proxy) => proxy.close()),
    /** Rolled back after the test, where the test did not end it. */
    openTransaction: async (knex: Knex): Promise<Knex.Transaction> =>
      using(await knex.transaction(), (trx) => (trx.isCompleted() ? undefined : trx.rollback())),
  };
};
