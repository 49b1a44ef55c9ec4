import { describe, expect, it } from "@jest/globals";
import {
  type InvalidValue,
  parseDescription,
  parseMetadata,
  parseMetadataPair,
  parsePaymentId,
  rehydratePayment,
} from "@payments/domain";
import { expectError, expectOk } from "@payments/domain/testing";
import type { Result } from "neverthrow";

const detailOf = (result: Result<unknown, InvalidValue>): string => {
  const { type, detail } = expectError(result);
  expect(type).toBe("invalid-value");
  return detail;
};

describe("a description", () => {
  it.each(["", "x".repeat(1000), "🙂".repeat(1000), "line\nline\ttab", "e\u0301 é"])("stays unchanged: %j", (raw) => {
    expect(expectOk(parseDescription(raw))).toBe(raw);
  });

  it.each(["x".repeat(1001), "🙂".repeat(1001)])("can't be longer than 1000 characters: %j", (raw) => {
    expect(detailOf(parseDescription(raw))).toBe("must be at most 1000 characters");
  });

  it.each(["a\0", "\0b", "\ud83d", "\ude42\ud83d"])("can't be %j", (raw) => {
    expect(detailOf(parseDescription(raw))).toBe("must be well-formed Unicode without the character U+0000");
  });
});

describe("metadata", () => {
  const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "v"]));

  it("may have up to fifty pairs, with keys up to 40 and values up to 500 characters", () => {
    for (const raw of [{}, pairs(50), { ["k".repeat(40)]: "v".repeat(500) }, { k: "" }]) {
      expect(expectOk(parseMetadata(raw))).toEqual(raw);
    }
  });

  it.each([
    ["fifty-one pairs", pairs(51), "must have at most 50 pairs"],
    [
      "a key of 41 characters",
      { ["k".repeat(41)]: "v" },
      `"${"k".repeat(41)}" has a name that must be at most 40 characters`,
    ],
    ["an empty key", { "": "v" }, '"" must have a name of at least 1 character'],
    ["a value of 501 characters", { a: "v", k: "v".repeat(501) }, '"k" must be at most 500 characters'],
    [
      "a NUL in a key",
      { "k\0": "v" },
      '"k\\u0000" has a name that must be well-formed Unicode without the character U+0000',
    ],
    ["a lone surrogate in a value", { k: "\udc00" }, '"k" must be well-formed Unicode without the character U+0000'],
  ])("can't have %s", (_, raw, detail) => {
    expect(detailOf(parseMetadata(raw))).toBe(detail);
  });

  it("reports the fault of one pair, and nothing for a valid pair", () => {
    expect(expectOk(parseMetadataPair("k", "v"))).toBeUndefined();
    expect(detailOf(parseMetadataPair("", "v"))).toBe("must have a name of at least 1 character");
    expect(detailOf(parseMetadataPair("k", "\0"))).toMatch(/^must be well-formed/);
  });
});

it("a payment's id is a TypeID with the prefix pay", () => {
  const id = "pay_01j0000000e00800000000000a";
  expect(expectOk(parsePaymentId(id))).toBe(id);
  const wrong = ["", "1", "01900000-0000-7000-8000-00000000000a", `${id} `, ` ${id}`, `${id}1`, `1${id}`];
  for (const raw of [...wrong, id.toUpperCase(), id.slice(4), id.replace("pay", "cli"), id.replace("1", "l")]) {
    expect(detailOf(parsePaymentId(raw))).toBe("must be the id of a payment");
  }
});

it("a payment is returned from storage as it was stored", () => {
  const uuid = "01900000-0000-7000-8000-00000000000a";
  const stored = {
    clientId: "client-1",
    description: "Invoice 42",
    metadata: { order: "42" },
    createdAt: new Date("2026-01-02T03:04:05.678Z"),
  };
  expect(rehydratePayment({ ...stored, uuid, amount: "99999999999", currency: "EUR" })).toEqual({
    ...stored,
    id: "pay_01j0000000e00800000000000a",
    money: { amount: 99_999_999_999n, currency: "EUR" },
    status: "created",
  });
});
