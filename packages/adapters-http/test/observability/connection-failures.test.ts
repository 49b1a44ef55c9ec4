import { afterEach, beforeEach, expect, it, jest } from "@jest/globals";
import { pino } from "pino";
import { ConnectionFailures } from "../../src/observability/connection-failures.ts";

let lines: string[];
let failures: ConnectionFailures;
beforeEach(() => {
  jest.useFakeTimers();
  lines = [];
  failures = new ConnectionFailures(pino({ base: null, timestamp: false }, { write: (line) => void lines.push(line) }));
});
afterEach(() => {
  jest.useRealTimers();
});

const failed = (code: string) => Object.assign(new Error(`read ${code}`), { code });
const written = () => lines.splice(0).map((line) => JSON.parse(line));

it("failed connections share one line without a stack every ten seconds", () => {
  for (let count = 0; count < 1_000; count++) failures.record(failed("ECONNRESET"));
  failures.record(failed("EPIPE"));
  jest.advanceTimersByTime(9_999);
  expect(written()).toEqual([]);
  jest.advanceTimersByTime(1);
  const line = { level: 40, msg: "connections failed" };
  expect(written()).toEqual([{ ...line, codes: { ECONNRESET: 1_000, EPIPE: 1 } }]);
  jest.advanceTimersByTime(20_000);
  expect(written()).toEqual([]);
  failures.record(failed("EPIPE"));
  jest.advanceTimersByTime(10_000);
  expect(written()).toEqual([{ ...line, codes: { EPIPE: 1 } }]);
});

it("an error that is no failure of the network is logged at once, with its stack", () => {
  failures.record(new Error("a bug"));
  expect(written()).toMatchObject([{ level: 50, err: { message: "a bug", stack: expect.any(String) } }]);
});
