import { describe, expect, it } from "@jest/globals";
import { parseIdempotencyKey } from "@payments/domain";

describe("an idempotency key", () => {
  it.each([
    ["8e03978e", "8e03978e"],
    ['"8e03978e"', "8e03978e"],
    ["a", "a"],
    ["x".repeat(255), "x".repeat(255)],
    [`"${"x".repeat(255)}"`, "x".repeat(255)],
    ['"a\\"b\\\\c"', 'a"b\\c'],
    ["!#~,;=", "!#~,;="],
    ['a"b', 'a"b'],
  ])("is read from %j", (raw, key) => {
    expect(parseIdempotencyKey(raw)._unsafeUnwrap()).toBe(key);
  });

  it.each([
    "",
    '""',
    " ",
    "a b",
    '"a b"',
    '"a',
    "a\tb",
    "é",
    "x".repeat(256),
    `"${"x".repeat(256)}"`,
    '"a\\b"',
    '"a"b"',
    "\0",
  ])("can't be %j", (raw) => {
    expect(parseIdempotencyKey(raw).isErr()).toBe(true);
  });
});
