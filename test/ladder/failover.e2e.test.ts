import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { createKnex } from "@payments/adapters-postgres";
import { startApi } from "../support/api-process.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { until } from "../support/until.ts";
import { guarantee } from "./support/guarantee.ts";
import { kept } from "./support/kept.ts";
import { Ledger } from "./support/ledger.ts";
import { Payers } from "./support/payers.ts";
import { startReplicatedPostgres } from "./support/standby.ts";

const using = undoAfterEach();

guarantee(
  {
    id: "failover",
    says: "kill -9 of the primary and promotion of a synchronous standby under load lose no acknowledged payment. Payments resume within 5 s without a restart of the API.",
    covers: "ASVS 5.0 13.2.6, 16.5.2 / CWE-636, CWE-703",
    short: { rounds: 1 },
    long: { rounds: 15 },
  },
  async ({ rounds }, { progress, allowed }) => {
    let acknowledged = 0;
    let slowest = 0;
    for (let round = 1; round <= rounds; round++) {
      const { primary, standby, promote, remove } = await startReplicatedPostgres();
      using(remove, () => remove());
      const address = using(await startTcpProxy(primary.url), (proxy) => proxy.close());
      const api = using(await startApi(address.url), (started) => started.end("SIGKILL"));
      const { id, apiKey } = await api.createClient();
      const ledger = new Ledger();
      let resumed = false;
      const payers = using(
        new Payers({
          url: api.url,
          apiKey,
          ledger,
          onReply: ({ status, sentAt }) => {
            resumed ||= status === 201 && sentAt > killed;
          },
        }),
        (running) => running.abandon(),
      );
      let killed = Number.POSITIVE_INFINITY;
      await until("payments are made", () => ledger.acknowledged > 64);
      await sleep(300 + Math.random() * 300);
      await primary.die("SIGKILL");
      killed = performance.now();
      await promote();
      address.pointAt(standby.url);
      await until("payments are made again", () => resumed);
      slowest = Math.max(slowest, performance.now() - killed);
      await payers.stop();
      const knex = using(createKnex({ connectionString: standby.url }), (own) => own.destroy());
      acknowledged += kept(await ledger.compare(knex, id)).acknowledged;
      expect(api.isRunning()).toBe(true);
      await Promise.all([api.end("SIGKILL"), knex.destroy()]);
      await remove();
      progress(`${round} of ${rounds} rounds, ${acknowledged} acknowledged`);
    }
    expect(slowest).toBeLessThan(allowed(5_000));
    return `${rounds} failovers, ${acknowledged} acknowledged, 0 lost, 0 twice; resumed after at most ${Math.ceil(slowest)} ms`;
  },
);
