import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import type { ClientId } from "@payments/domain";
import { ReadQueue, type ReadQueueOptions } from "../../src/connection/read-queue.ts";
import { NotSentError } from "../../src/index.ts";

const [busy, other, third] = ["busy", "other", "third"] as unknown as [ClientId, ClientId, ClientId];

/** A queue, and reads that end when the test says so. */
const startQueue = (options: Partial<ReadQueueOptions> = {}) => {
  const queue = new ReadQueue({
    concurrency: 3,
    concurrencyPerClient: 2,
    queueSize: 10,
    queueTimeoutMs: 2_000,
    ...options,
  });
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const read = (client: ClientId, name: string): Promise<string> => {
    const result = queue.run<string>(client, () => {
      started.push(name);
      return new Promise((resolve) => ends.set(name, () => resolve(name)));
    });
    // A test may end while a read still waits.
    result.catch(() => {});
    return result;
  };
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await sleep(0);
  };
  return { queue, started, read, end };
};

describe("reads", () => {
  it("run concurrently up to the total limit and the limit per client", async () => {
    const { queue, started, read } = startQueue();
    for (const name of ["b1", "b2", "b3"]) void read(busy, name);
    void read(other, "o1");
    void read(third, "t1");
    expect(started).toEqual(["b1", "b2", "o1"]);
    expect(queue.statistics().waiting).toBe(2);
  });

  it("take turns between waiting clients, independent of earlier requests", async () => {
    const { started, read, end } = startQueue();
    for (const name of ["b1", "b2", "b3", "b4"]) void read(busy, name);
    for (const name of ["o1", "o2", "o3"]) void read(other, name);
    void read(third, "t1");
    await end("b1");
    await end("b2");
    await end("o1");
    await end("b3");
    expect(started).toEqual(["b1", "b2", "o1", "b3", "o2", "t1", "b4"]);
  });

  it("return their result or error, and free their slot", async () => {
    const { queue, read, end } = startQueue({ concurrency: 1 });
    const failed = queue.run(busy, () => Promise.reject(new Error("of the test")));
    const next = read(busy, "next");
    await expect(failed).rejects.toThrow("of the test");
    await end("next");
    expect(await next).toBe("next");
    expect(queue.statistics()).toMatchObject({ waiting: 0, items: 2 });
  });

  it("that wait too long are never sent", async () => {
    const { queue, started, read } = startQueue({ concurrency: 1, queueTimeoutMs: 10 });
    void read(busy, "b1");
    await expect(read(other, "o1")).rejects.toThrow(NotSentError);
    expect(started).toEqual(["b1"]);
    expect(queue.statistics().waiting).toBe(0);
  });

  it("that wait too long reject in several turns of the event loop, so that other requests get their turn", async () => {
    const { queue, read } = startQueue({ concurrency: 1, queueSize: 1_000, queueTimeoutMs: 10 });
    void read(busy, "running");
    let rejected = 0;
    const all = Array.from({ length: 100 }, (_, index) =>
      read(busy, `b${index}`).catch(() => {
        rejected++;
      }),
    );
    await sleep(5);
    const until = performance.now() + 20;
    while (performance.now() < until); // They all are late when the event loop continues.
    let seen = rejected; // The sleep may have been longer on a busy machine.
    let most = 0;
    while (rejected < 100) {
      await new Promise(setImmediate);
      most = Math.max(most, rejected - seen);
      seen = rejected;
    }
    await Promise.all(all);
    expect(most).toBeLessThanOrEqual(16);
    expect(queue.statistics().waiting).toBe(0);
  });

  it("beyond the queue's size are rejected at once", async () => {
    const { read } = startQueue({ concurrency: 1, queueSize: 1 });
    void read(busy, "b1");
    void read(busy, "b2");
    await expect(read(other, "o1")).rejects.toThrow(NotSentError);
  });
});
