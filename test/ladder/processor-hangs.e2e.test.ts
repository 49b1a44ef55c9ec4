import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { FakeStripe } from "@payments/adapters-stripe/testing";
import { type ApiProcess, startApi } from "../support/api-process.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { until } from "../support/until.ts";
import { countUnresolved, disagreements, listAll, stripeInTestMode, stripeLedger } from "./support/charges.ts";
import { clientOf } from "./support/client-of.ts";
import { guarantee } from "./support/guarantee.ts";
import { metric } from "./support/metric.ts";
import { percentile, SteadyCaller, type SteadyCallerOptions } from "./support/steady-caller.ts";

const using = undoAfterEach();

const PROCESSOR_LATENCY_MS = 300;
const MEBIBYTE = 1_048_576;
const MAXIMUM_MEMORY_MIB = 400;
/** A p99 below this is not compared with the baseline. */
const FAST_MS = 50;

type Caller = ReturnType<typeof clientOf>;

const limitFor = (limitMs: number, baselineMs: number): number => Math.max(limitMs, 2 * baselineMs);

/** Also ends after a failure. */
const steady = (options: SteadyCallerOptions): SteadyCaller =>
  using(new SteadyCaller(options), (caller) => caller.stop().catch(() => undefined));

/** The highest memory of the process until `stop`. */
const watchMemory = (api: ApiProcess) => {
  let highest = 0;
  let isStopped = false;
  const running = (async () => {
    for (; !isStopped; await sleep(500)) {
      highest = Math.max(highest, (await metric(api, "process_resident_memory_bytes")) / MEBIBYTE);
    }
  })();
  return async (): Promise<number> => {
    isStopped = true;
    await running;
    return highest;
  };
};

/** Record-only payments and reads, which no processor may affect. Returns the p99 of each. */
const watchOthers = (recorder: Caller, id: string) => {
  const record = steady({ call: () => recorder.pay({ name: "recorded" }), status: 201, intervalMs: 20 });
  const read = steady({ call: () => recorder.request(`/payments/${id}`), status: 200, intervalMs: 20 });
  return async () => ({ record: percentile(0.99, await record.stop()), read: percentile(0.99, await read.stop()) });
};

guarantee(
  {
    id: "processor-hangs",
    says: "While a processor hangs under 200 new payments per second, each payment gets 201. Record-only payments and reads keep a p99 within twice their baseline, or under 50 ms. The process stays under 400 MB. Everything is settled within 30 s of the processor's return, and each payment is charged once.",
    covers: "ASVS 5.0 13.1.2, 13.1.3, 16.5.2 / CWE-400, CWE-636, CWE-837",
    short: { hangMs: 5_000, baselineMs: 3_000, perSecond: 40 },
    long: { hangMs: 30_000, baselineMs: 10_000, perSecond: 200 },
  },
  async ({ hangMs, baselineMs, perSecond }, { progress, allowed }) => {
    const fake = using(new FakeStripe(), (started) => started.stop());
    fake.latencyMs = PROCESSOR_LATENCY_MS;
    const proxy = using(await startTcpProxy(await fake.start()), (started) => started.close());
    const database = using(await createTestDatabase(), (created) => created.drop());
    const api = using(await startApi(database.url, stripeInTestMode(proxy.url)), (started) => started.end("SIGKILL"));
    const payer = using(clientOf(api.url, await api.createClient("test")), (own) => own.close());
    const recorder = using(clientOf(api.url, await api.createClient("live")), (own) => own.close());
    const { id } = JSON.parse((await recorder.pay({ name: "read" })).body);
    const pay = () =>
      payer.request("/payments/create", {
        method: "POST",
        body: { amount: 1_000, currency: "EUR", paymentMethod: "pm_card_visa" },
      });
    const load = steady({ call: pay, status: 201, intervalMs: 1_000 / perSecond });

    const before = watchOthers(recorder, id);
    await sleep(baselineMs);
    const baseline = await before();
    progress(`baseline: record ${baseline.record.toFixed(1)} ms, read ${baseline.read.toFixed(1)} ms`);

    proxy.hold();
    const meanwhile = watchOthers(recorder, id);
    const highestMemory = watchMemory(api);
    await sleep(hangMs);
    const during = await meanwhile();
    const returned = performance.now();
    proxy.mend();
    const durations = await load.stop();
    await until("all operations are settled", async () => (await countUnresolved(database.knex)) === 0, 120_000);
    const settledMs = performance.now() - returned;
    const memoryMiB = await highestMemory();
    progress(`hang: record ${during.record.toFixed(1)} ms, read ${during.read.toFixed(1)} ms, ${memoryMiB} MiB`);

    const payments = await listAll(payer);
    expect(payments.length).toBe(durations.length);
    expect(payments.filter(({ status }) => status !== "succeeded")).toEqual([]);
    expect(disagreements(stripeLedger(fake), payments)).toEqual([]);
    expect(during.record).toBeLessThan(allowed(limitFor(FAST_MS, baseline.record)));
    expect(during.read).toBeLessThan(allowed(limitFor(FAST_MS, baseline.read)));
    expect(memoryMiB).toBeLessThan(MAXIMUM_MEMORY_MIB);
    expect(settledMs).toBeLessThan(allowed(30_000));
    const p99 = (name: "record" | "read") => `${during[name].toFixed(1)} ms (${baseline[name].toFixed(1)} ms before)`;
    return `${payments.length} payments, each charged once; p99 of record-only payments ${p99("record")}, of reads ${p99("read")}; at most ${Math.round(memoryMiB)} MiB; settled ${Math.round(settledMs)} ms after a hang of ${hangMs / 1_000} s`;
  },
);
