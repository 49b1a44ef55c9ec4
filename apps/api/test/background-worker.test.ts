import { setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type StorageUnavailable, storageUnavailable } from "@payments/domain";
import { err, errAsync, ok, okAsync, type Result, ResultAsync } from "neverthrow";
import pino, { type Logger } from "pino";
import { until as untilIt } from "../../../test/support/until.ts";
import { type BackgroundWork, BackgroundWorker } from "../src/background/background-worker.ts";

const until = (holds: () => boolean): Promise<void> => untilIt(String(holds), holds, 5_000);

const NEVER_MS = 3_600_000;

/** Work that is listed in memory; an item runs until the test finishes it. */
class ListedWork implements BackgroundWork<string> {
  readonly name = "items";
  readonly concurrency: number;
  readonly pollMs: number;
  readonly due: string[] = [];
  readonly started: string[] = [];
  readonly finish = new Map<string, (result: Result<unknown, unknown>) => void>();
  claims = 0;
  free = Number.POSITIVE_INFINITY;
  failure: StorageUnavailable | Error | null = null;

  constructor({ concurrency = 2, pollMs = NEVER_MS }: { concurrency?: number; pollMs?: number } = {}) {
    this.concurrency = concurrency;
    this.pollMs = pollMs;
  }

  capacity(): number {
    return this.free;
  }

  claim(limit: number): ResultAsync<readonly string[], StorageUnavailable> {
    this.claims += 1;
    if (this.failure instanceof Error) throw this.failure;
    return this.failure === null ? okAsync(this.due.splice(0, limit)) : errAsync(this.failure);
  }

  run(item: string): ResultAsync<unknown, unknown> {
    this.started.push(item);
    this.free -= 1;
    return new ResultAsync(new Promise((resolve) => this.finish.set(item, resolve)));
  }
}

const lines: { readonly level: number; readonly msg: string }[] = [];
const logger: Logger = pino({ level: "trace" }, { write: (line) => lines.push(JSON.parse(line)) });
const workers: { readonly worker: BackgroundWorker<string>; readonly work: ListedWork }[] = [];

const start = (work: ListedWork): BackgroundWorker<string> => {
  const worker = new BackgroundWorker(work, logger);
  workers.push({ worker, work });
  worker.start();
  return worker;
};

afterEach(async () => {
  for (const { worker, work } of workers.splice(0)) {
    const stopped = worker.stop();
    for (const finish of work.finish.values()) finish(ok(null));
    await stopped;
  }
  lines.length = 0;
});

describe("BackgroundWorker", () => {
  it("claims at most as many items as may be in progress, and another one when one of them ends", async () => {
    const work = new ListedWork();
    work.due.push("a", "b", "c");
    start(work);
    await until(() => work.started.length === 2);
    expect(work.due).toEqual(["c"]);
    work.finish.get("b")?.(ok(null));
    await until(() => work.started.length === 3);
    expect(work.started).toEqual(["a", "b", "c"]);
  });

  it("claims no more than its capacity, and nothing without one, also when it is woken", async () => {
    const work = new ListedWork({ concurrency: 8, pollMs: 5 });
    work.free = 0;
    work.due.push("a", "b", "c");
    const worker = start(work);
    worker.wake();
    await setTimeout(30);
    expect([work.claims, work.started]).toEqual([0, []]);
    work.free = 2;
    await until(() => work.started.length > 0);
    expect(work.started).toEqual(["a", "b"]);
    work.free = 4;
    await until(() => work.started.length === 3);
  });

  it("claims other items while a slow one is in progress", async () => {
    const work = new ListedWork({ pollMs: 5 });
    work.due.push("slow");
    start(work);
    await until(() => work.started.length === 1);
    work.due.push("fast");
    await until(() => work.started.includes("fast"));
  });

  it("claims at once when it is woken, also if that happens during a claim", async () => {
    const work = new ListedWork();
    const worker = start(work);
    worker.wake();
    await until(() => work.claims === 2);
    work.due.push("a");
    worker.wake();
    await until(() => work.started.length === 1);
  });

  it("waits for the items in progress when it stops, and claims no more", async () => {
    const work = new ListedWork({ pollMs: 1 });
    work.due.push("a");
    const worker = start(work);
    await until(() => work.started.length === 1);
    let isStopped = false;
    const stopped = worker.stop().then(() => {
      isStopped = true;
    });
    work.due.push("b");
    await setTimeout(20);
    expect(isStopped).toBe(false);
    work.finish.get("a")?.(ok(null));
    await stopped;
    expect(work.started).toEqual(["a"]);
  });

  it("stops before its first poll", async () => {
    await start(new ListedWork()).stop();
  });

  it("logs an item that fails, a bug and a failed claim, and goes on", async () => {
    const work = new ListedWork({ pollMs: 1 });
    work.due.push("a");
    start(work);
    await until(() => work.started.length === 1);
    work.finish.get("a")?.(err("no"));
    await until(() => lines.some(({ msg }) => msg === "one of the items did not succeed; it is tried again"));
    work.failure = storageUnavailable(new Error("gone"));
    await until(() => lines.some(({ msg }) => msg === "no items were claimed; they are tried again"));
    work.failure = new Error("a bug");
    await until(() => lines.some(({ msg, level }) => level === 50 && msg.includes("met a bug")));
    work.failure = null;
    work.due.push("b");
    await until(() => work.started.includes("b"));
  });
});
