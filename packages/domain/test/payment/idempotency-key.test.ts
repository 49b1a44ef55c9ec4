import { describe, expect, it } from "@jest/globals";
import { parseIdempotencyKey } from "@payments/domain";
import { aClient, aPayment, expectError, expectOk } from "@payments/domain/testing";
import { isSameRequest } from "../../src/payment/idempotency-key.ts";

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
    ['a"', 'a"'],
    ["~", "~"],
    ['"~!]["', "~!]["],
    ['"\\""', '"'],
    ['"\\\\"', "\\"],
    ['"\\\\\\""', '\\"'],
  ])("is parsed from %j", (raw, key) => {
    expect(expectOk(parseIdempotencyKey(raw))).toBe(key);
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
    'a"b c',
    ' "a"',
    '"a" ',
    '"a\\"',
    '"aé"',
    '"a\x7f"',
    "a\x7f",
    "é1",
    "1é",
    "\0",
  ])("can't be %j", (raw) => {
    expect(expectError(parseIdempotencyKey(raw))).toEqual({
      type: "invalid-value",
      detail: "must be 1 to 255 visible ASCII characters, bare or as a quoted string",
    });
  });
});

it("two payments of different clients never come from the same request", () => {
  const [clientId, other] = [aClient({ id: "client-1" }).id, aClient({ id: "client-2" }).id];
  const one = aPayment({ uuid: "01900000-0000-7000-8000-000000000001", clientId });
  expect(isSameRequest(one, { ...one })).toBe(true);
  expect(isSameRequest(one, { ...one, clientId: other })).toBe(false);
});
