import { describe, expect, it } from "@jest/globals";
import { Coalescer, type CoalescerOptions } from "../src/coalescer.ts";

/** Work that is done when the test says so. */
class ManualWork {
  readonly batches: number[][] = [];
  readonly #settle: { resolve(outcomes: string[]): void; reject(error: Error): void }[] = [];

  readonly run = (items: readonly number[]): Promise<string[]> => {
    this.batches.push([...items]);
    return new Promise((resolve, reject) => this.#settle.push({ resolve, reject }));
  };

  finish(batch: number): void {
    this.#settle[batch]?.resolve((this.batches[batch] ?? []).map((item) => `done ${item}`));
  }

  fail(batch: number, error: Error): void {
    this.#settle[batch]?.reject(error);
  }
}

const setUp = (options: Partial<CoalescerOptions> = {}) => {
  const work = new ManualWork();
  const coalescer = new Coalescer(work.run, {
    batchSize: 3,
    concurrency: 1,
    queueSize: 10,
    queueTimeout: 1_000,
    ...options,
  });
  return { work, coalescer };
};

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("Coalescer", () => {
  it("sends a lone item on the next turn of the event loop", async () => {
    const { work, coalescer } = setUp();
    const outcome = coalescer.add(1);
    expect(work.batches).toEqual([]);
    await turn();
    expect(work.batches).toEqual([[1]]);
    work.finish(0);
    expect(await outcome).toBe("done 1");
  });

  it("sends together what arrives within one turn, up to a batch", async () => {
    const { work, coalescer } = setUp({ concurrency: 2 });
    const outcomes = [1, 2, 3, 4].map((item) => coalescer.add(item));
    await turn();
    expect(work.batches).toEqual([[1, 2, 3], [4]]);
    work.finish(1);
    expect(await outcomes[3]).toBe("done 4");
    work.finish(0);
    expect(await Promise.all(outcomes)).toEqual(["done 1", "done 2", "done 3", "done 4"]);
  });

  it("gathers what arrives while all batches are under way, and sends it when one comes back", async () => {
    const { work, coalescer } = setUp();
    void coalescer.add(1);
    await turn();
    void coalescer.add(2);
    await turn();
    void coalescer.add(3);
    await turn();
    expect(work.batches).toEqual([[1]]);
    work.finish(0);
    await turn();
    expect(work.batches).toEqual([[1], [2, 3]]);
  });

  it("rejects the items of a batch that failed, and goes on with the next", async () => {
    const { work, coalescer } = setUp({ batchSize: 2 });
    const outcomes = [1, 2, 3].map((item) => coalescer.add(item));
    await turn();
    const failed = Promise.allSettled(outcomes.slice(0, 2));
    work.fail(0, new Error("no"));
    expect((await failed).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    work.finish(1);
    expect(await outcomes[2]).toBe("done 3");
  });

  it("rejects a batch whose work throws at once, or returns too few outcomes", async () => {
    const options = { batchSize: 3, concurrency: 1, queueSize: 10, queueTimeout: 1_000 };
    const throwing = new Coalescer(() => {
      throw new Error("at once");
    }, options);
    await expect(throwing.add(1)).rejects.toThrow("at once");
    await expect(throwing.add(2)).rejects.toThrow("at once");
    await expect(new Coalescer(async () => [], options).add(1)).rejects.toThrow(RangeError);
  });

  it("refuses at once what finds the queue full, and takes more when there is room again", async () => {
    const { work, coalescer } = setUp({ queueSize: 2 });
    void coalescer.add(1);
    await turn();
    const waiting = [coalescer.add(2), coalescer.add(3)];
    await expect(coalescer.add(4)).rejects.toMatchObject({ name: "NotSentError" });
    work.finish(0);
    await turn();
    work.finish(1);
    expect(await Promise.all(waiting)).toEqual(["done 2", "done 3"]);
    expect(work.batches).toEqual([[1], [2, 3]]);
  });

  it("refuses what has waited too long, also while no batch comes back, and never sends it", async () => {
    const { work, coalescer } = setUp({ queueTimeout: 40 });
    void coalescer.add(1);
    await turn();
    const refused = { name: "NotSentError", message: "waited too long" };
    const first = expect(coalescer.add(2)).rejects.toMatchObject(refused);
    await new Promise((resolve) => setTimeout(resolve, 10));
    const second = expect(coalescer.add(3)).rejects.toMatchObject({ name: "NotSentError" });
    await Promise.all([first, second]);
    const fresh = coalescer.add(4);
    work.finish(0);
    await turn();
    work.finish(1);
    expect(await fresh).toBe("done 4");
    expect(work.batches).toEqual([[1], [4]]);
  });

  it("refuses at once what comes when another has waited for half of the time, and takes more after that", async () => {
    const { work, coalescer } = setUp({ queueTimeout: 200 });
    void coalescer.add(1);
    await turn();
    coalescer.add(2).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 110));
    await expect(coalescer.add(3)).rejects.toMatchObject({ message: "others have waited for long" });
    work.finish(0);
    await turn();
    const fresh = coalescer.add(4);
    work.finish(1);
    await turn();
    work.finish(2);
    expect(await fresh).toBe("done 4");
  });

  it("refuses nothing because this process was held up itself", async () => {
    const { work, coalescer } = setUp({ queueTimeout: 40 });
    void coalescer.add(1);
    await turn();
    const waiting = [coalescer.add(2)];
    work.finish(0);
    const heldUp = performance.now();
    while (performance.now() - heldUp < 100);
    waiting.push(coalescer.add(3));
    await turn();
    await turn();
    work.finish(1);
    expect(await Promise.all(waiting)).toEqual(["done 2", "done 3"]);
  });
});
