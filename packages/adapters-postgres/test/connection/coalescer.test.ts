import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { Coalescer, type CoalescerOptions } from "../../src/connection/coalescer.ts";

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
    answerWithinMs: 1_000,
    ...options,
  });
  return { work, coalescer };
};

/** Work that takes so long. `finished` has it done often enough to be known. */
const timed = (pace: number | { readonly milliseconds: number }, options: Partial<CoalescerOptions>) => {
  const milliseconds = () => (typeof pace === "number" ? pace : pace.milliseconds);
  const coalescer = new Coalescer(
    (items: readonly number[]) =>
      new Promise<readonly number[]>((resolve) => {
        setTimeout(resolve, milliseconds(), items);
      }),
    { batchSize: 3, concurrency: 1, queueSize: 1_000, answerWithinMs: 1_000, ...options },
  );
  const finished = async () => {
    for (let count = 0; count < 30; count++) {
      void coalescer.add(count);
      await pass(milliseconds() + 1);
    }
  };
  return { coalescer, finished };
};

/** The clock stands, but for what a test lets pass: no test depends on how fast the machine is. */
const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);
const turn = () => pass(0);
/** How often it looks after those that wait, where an answer may take 1,000 ms: so much may come on top. */
const LOOK = Math.ceil(1_000 / 16);
const WAITED = { name: "NotSentError", message: "waited beyond the deadline" };
const WOULD_WAIT = { name: "NotSentError", message: "the expected wait exceeds the deadline" };

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

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

  it("sends the early size at once while no batch is in flight, and the rest after its return", async () => {
    const { work, coalescer } = setUp({ earlySize: 2, concurrency: 2 });
    for (const item of [1, 2, 3, 4]) void coalescer.add(item);
    expect(work.batches).toEqual([[1, 2]]);
    await turn();
    expect(work.batches).toEqual([[1, 2]]);
    work.finish(0);
    await turn();
    expect(work.batches).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it("sends the items of one turn together, up to the batch size", async () => {
    const { work, coalescer } = setUp({ concurrency: 2 });
    const outcomes = [1, 2, 3, 4, 5, 6].map((item) => coalescer.add(item));
    await turn();
    expect(work.batches).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    work.finish(1);
    expect(await outcomes[3]).toBe("done 4");
    work.finish(0);
    expect(await Promise.all(outcomes)).toEqual([1, 2, 3, 4, 5, 6].map((item) => `done ${item}`));
  });

  it("sends only full batches beside a batch in flight, up to the concurrency", async () => {
    const { work, coalescer } = setUp({ concurrency: 2 });
    for (const item of [1, 2, 3, 4, 5]) void coalescer.add(item);
    await turn();
    expect(work.batches).toEqual([[1, 2, 3]]);
    void coalescer.add(6);
    await turn();
    expect(work.batches).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    for (const item of [7, 8, 9]) void coalescer.add(item);
    await turn();
    expect(work.batches).toHaveLength(2);
    work.finish(1);
    await turn();
    expect(work.batches[2]).toEqual([7, 8, 9]);
  });

  it("does not wait long for a slow batch while the concurrency allows another", async () => {
    const { work, coalescer } = setUp({ concurrency: 2 });
    void coalescer.add(1);
    await turn();
    void coalescer.add(2);
    await pass(LOOK - 2);
    expect(work.batches).toEqual([[1]]);
    await pass(LOOK);
    expect(work.batches).toEqual([[1], [2]]);
    void coalescer.add(3);
    await pass(2 * LOOK);
    expect(work.batches).toHaveLength(2);
  });

  it("gathers items while all batches are in flight, and sends them when one returns", async () => {
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

  it("rejects the items of a failed batch, and continues with the next batch", async () => {
    const { work, coalescer } = setUp({ batchSize: 2 });
    const outcomes = [1, 2, 3].map((item) => coalescer.add(item));
    await turn();
    const failed = Promise.allSettled(outcomes.slice(0, 2));
    work.fail(0, new Error("no"));
    expect((await failed).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    work.finish(1);
    expect(await outcomes[2]).toBe("done 3");
  });

  it("rejects a batch whose work throws synchronously or returns too few outcomes", async () => {
    const options = { batchSize: 3, concurrency: 1, queueSize: 10, answerWithinMs: 1_000 };
    const throwing = new Coalescer(() => {
      throw new Error("at once");
    }, options);
    const failures = [throwing.add(1), new Coalescer(async () => [], options).add(1)].map((outcome) =>
      outcome.catch((error) => error),
    );
    await turn();
    const afterwards = throwing.add(2).catch((error) => error);
    await turn();
    expect(await Promise.all([...failures, afterwards])).toEqual([
      new Error("at once"),
      expect.any(RangeError),
      new Error("at once"),
    ]);
  });

  it("rejects items at once while the queue is full, and accepts items when it has room again", async () => {
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

  it("rejects items that wait too long, and never sends them", async () => {
    const { work, coalescer } = setUp();
    void coalescer.add(1);
    await turn();
    const refused = expect(coalescer.add(2)).rejects.toMatchObject(WAITED);
    await pass(650);
    await refused;
    const alsoRefused = expect(coalescer.add(3)).rejects.toMatchObject({ name: "NotSentError" });
    await pass(650);
    await alsoRefused;
    work.finish(0);
    await turn();
    const fresh = coalescer.add(4);
    await turn();
    work.finish(1);
    expect(await fresh).toBe("done 4");
    expect(work.batches).toEqual([[1], [4]]);
  });

  it("rejects new items at once while a batch in flight exceeds the response time", async () => {
    const { work, coalescer } = setUp();
    void coalescer.add(1);
    await turn();
    const waits: number[] = [];
    const addAndPass = async () => {
      const since = performance.now();
      coalescer.add(2).catch(() => waits.push(performance.now() - since));
      await pass(50);
    };
    for (let time = 0; time < 1_100; time += 50) await addAndPass();
    await pass(100);
    expect(waits).toHaveLength(22);
    waits.length = 0;
    for (let time = 0; time < 5_000; time += 50) await addAndPass();
    await pass(100);
    expect(waits).toHaveLength(100);
    expect(Math.max(...waits)).toBeLessThanOrEqual(LOOK);
    work.finish(0);
    await turn();
    const fresh = coalescer.add(4);
    await turn();
    work.finish(1);
    expect(await fresh).toBe("done 4");
  });

  it("rejects an item at once if its own batch cannot return in time", async () => {
    const { coalescer, finished } = timed(400, { batchSize: 2 });
    await finished();
    void coalescer.add(1);
    await pass(1);
    // Two batches of 400 ms are answered within 1,000 ms, three are not.
    const waiting = [coalescer.add(2), coalescer.add(3)];
    await expect(coalescer.add(4)).rejects.toMatchObject(WOULD_WAIT);
    await pass(850);
    expect(await Promise.all(waiting)).toEqual([2, 3]);
  });

  it.each([
    [1, 250],
    [2, 250],
    [2, 500],
    [4, 700],
  ])(
    "answers within the time all that it sends under a flood, %i batches at once of %i ms each",
    async (concurrency, milliseconds) => {
      const { coalescer, finished } = timed(milliseconds, { batchSize: 10, concurrency });
      await finished();
      const answered: number[] = [];
      const refused: number[] = [];
      const began = performance.now();
      while (performance.now() - began < 20_000) {
        for (let item = 0; item < 5; item++) {
          const since = performance.now();
          coalescer.add(item).then(
            () => answered.push(performance.now() - since),
            () => refused.push(performance.now() - since),
          );
        }
        await pass(10);
      }
      await pass(2_000);
      expect(Math.max(...answered)).toBeLessThanOrEqual(1_000 + LOOK);
      expect(refused.filter((wait) => wait > 0).length).toBeLessThan(refused.length / 100);
      const possible = (20_000 / milliseconds) * 10 * concurrency;
      expect(answered.length).toBeGreaterThan(Math.min(possible, 10_000) * 0.5);
    },
  );

  it("accepts all items again once stuck batches return", async () => {
    const pace = { milliseconds: 2_000 };
    const { coalescer } = timed(pace, { batchSize: 10 });
    for (let round = 0; round < 50; round++) {
      coalescer.add(round).catch(() => {});
      await pass(100);
    }
    pace.milliseconds = 5;
    await pass(2_500);
    const outcomes: Promise<unknown>[] = [];
    for (let round = 0; round < 100; round++) {
      outcomes.push(coalescer.add(round).then(() => "answered", String));
      await pass(1);
    }
    await pass(100);
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["answered"]));
  });

  it("rejects nothing because of a delay of its own process", async () => {
    jest.useRealTimers();
    const realTurn = () => new Promise((resolve) => setImmediate(resolve));
    const { work, coalescer } = setUp({ answerWithinMs: 40 });
    void coalescer.add(1);
    await realTurn();
    const waiting = [coalescer.add(2)];
    await realTurn();
    // It comes back meanwhile, and is heard only after the look at those that wait that was due before.
    setTimeout(() => work.finish(0), 10);
    const heldUp = performance.now();
    while (performance.now() - heldUp < 100);
    waiting.push(coalescer.add(3));
    while (work.batches.length < 2) await realTurn();
    work.finish(1);
    expect(await Promise.all(waiting)).toEqual(["done 2", "done 3"]);
  });

  it("does not take a delay of its own process for a slow batch", async () => {
    jest.useRealTimers();
    const realTurn = () => new Promise((resolve) => setImmediate(resolve));
    const { work, coalescer } = setUp({ answerWithinMs: 400 });
    const outcomes = [coalescer.add(1)];
    await realTurn();
    // The batch returns while the process is paused.
    const paused = performance.now();
    while (performance.now() - paused < 300);
    await realTurn();
    work.finish(0);
    await outcomes[0];
    outcomes.push(coalescer.add(2));
    await realTurn();
    // A batch of 300 ms would not leave enough time for this one.
    outcomes.push(coalescer.add(3));
    work.finish(1);
    for (let turns = 0; turns < 5; turns++) await realTurn();
    work.finish(2);
    expect(await Promise.all(outcomes)).toEqual(["done 1", "done 2", "done 3"]);
  });
});
