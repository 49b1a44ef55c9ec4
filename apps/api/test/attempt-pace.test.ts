import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { AttemptPace } from "../src/background/attempt-pace.ts";

describe("AttemptPace", () => {
  let responses: number;
  let started: number;
  let pace: AttemptPace;
  beforeEach(() => {
    jest.useFakeTimers();
    responses = 0;
    started = 0;
    pace = new AttemptPace(() => responses);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const request = (count: number): void => {
    for (let number = 0; number < count; number++) {
      pace.next().then(() => {
        started += 1;
      });
    }
  };
  const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

  it("lets all attempts start after an interval without requests", async () => {
    request(1_000);
    await pass(20);
    expect(started).toBe(1_000);
    request(1_000);
    await pass(0);
    expect(started).toBe(2_000);
  });

  it("lets few attempts start in each interval with many requests, in order and without losing one", async () => {
    request(1_000);
    for (let interval = 1; interval <= 5; interval++) {
      responses += 200;
      await pass(20);
      expect(started).toBe(14 * (interval + 1));
    }
    await pass(20);
    expect(started).toBe(1_000);
  });

  it("stops its timer when no attempt is requested", async () => {
    request(10);
    await pass(100);
    expect(jest.getTimerCount()).toBe(0);
    expect(started).toBe(10);
    responses += 200;
    request(100);
    await pass(0);
    expect(started).toBe(24);
  });
});
