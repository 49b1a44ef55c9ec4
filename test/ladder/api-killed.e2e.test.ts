import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { startApi } from "../support/api-process.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { guarantee } from "./support/guarantee.ts";
import { kept } from "./support/kept.ts";
import { Ledger } from "./support/ledger.ts";
import { Payers } from "./support/payers.ts";

const using = undoAfterEach();

guarantee(
  {
    id: "api-killed",
    says: "kill -9 of the API under load loses and doubles no acknowledged payment. The API is ready again within 3 s.",
    covers: "ASVS 5.0 2.3.3, 16.5.3 / CWE-362, CWE-460",
    short: { rounds: 10 },
    long: { rounds: 200 },
  },
  async ({ rounds }, { progress, allowed }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const api = using(await startApi(database.url), (started) => started.end("SIGKILL"));
    const { id, apiKey } = await api.createClient();
    const ledger = new Ledger();
    const payers = using(new Payers({ url: api.url, apiKey, ledger }), (running) => running.abandon());
    let slowest = 0;
    for (let round = 1; round <= rounds; round++) {
      const before = ledger.acknowledged;
      await sleep(200 + Math.random() * 300);
      expect(ledger.acknowledged).toBeGreaterThan(before);
      const killed = performance.now();
      await api.end("SIGKILL");
      await api.restart();
      slowest = Math.max(slowest, performance.now() - killed);
      progress(`${round} of ${rounds} rounds, ${ledger.acknowledged} acknowledged`);
    }
    await payers.stop();
    const { acknowledged } = kept(await ledger.compare(database.knex, id));
    expect(slowest).toBeLessThan(allowed(3_000));
    return `${rounds} kills, ${acknowledged} acknowledged, 0 lost, 0 twice; ready after at most ${Math.round(slowest)} ms`;
  },
);
