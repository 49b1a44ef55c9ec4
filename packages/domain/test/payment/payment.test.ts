import { describe, expect, it } from "@jest/globals";
import { parseDescription, parseMetadata, parsePaymentId } from "@payments/domain";

describe("a description", () => {
  it.each(["", "x".repeat(1000), "🙂".repeat(1000), "line\nline\ttab", "e\u0301 é"])("is kept as it is: %j", (raw) => {
    expect(parseDescription(raw)._unsafeUnwrap()).toBe(raw);
  });

  it.each(["x".repeat(1001), "🙂".repeat(1001), "a\0", "\ud83d", "\ude42\ud83d"])("can't be %j", (raw) => {
    expect(parseDescription(raw).isErr()).toBe(true);
  });
});

describe("metadata", () => {
  const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "v"]));

  it("may have no pair and up to fifty, with keys up to 40 and values up to 500 characters", () => {
    for (const raw of [{}, pairs(50), { ["k".repeat(40)]: "v".repeat(500) }, { k: "" }]) {
      expect(parseMetadata(raw)._unsafeUnwrap()).toEqual(raw);
    }
  });

  it.each([
    ["fifty-one pairs", pairs(51)],
    ["a key of 41 characters", { ["k".repeat(41)]: "v" }],
    ["an empty key", { "": "v" }],
    ["a value of 501 characters", { k: "v".repeat(501) }],
    ["a NUL in a key", { "k\0": "v" }],
    ["a lone surrogate in a value", { k: "\udc00" }],
  ])("can't have %s", (_, raw) => {
    expect(parseMetadata(raw).isErr()).toBe(true);
  });
});

it("a payment's id is a UUID in lower case", () => {
  expect(parsePaymentId("01900000-0000-7000-8000-000000000001").isOk()).toBe(true);
  for (const raw of ["", "1", "01900000-0000-7000-8000-00000000000A", "01900000-0000-7000-8000-000000000001 "]) {
    expect(parsePaymentId(raw).isErr()).toBe(true);
  }
});
