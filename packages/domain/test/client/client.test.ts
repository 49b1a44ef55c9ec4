import { describe, expect, it } from "@jest/globals";
import {
  NO_FEE,
  parseClientId,
  parseClientName,
  parseEmailAddress,
  parseOverlapSeconds,
  rehydrateClient,
} from "@payments/domain";
import { aClient, expectError, expectOk, SeededApiKeys } from "@payments/domain/testing";

const API_KEY = new SeededApiKeys().generate().reveal();

describe("a client's name", () => {
  it.each(["A", "Acme & Söhne GmbH", "x".repeat(200), "🙂".repeat(200), "e\u0301"])("may be %j", (raw) => {
    expect(expectOk(parseClientName(raw))).toBe(raw);
  });

  it.each(["", "  ", "x".repeat(201), "🙂".repeat(201), "a\0b", "a\nb", "\u001b[31m", "\ud800"])(
    "can't be %j",
    (raw) => {
      expect(parseClientName(raw).isErr()).toBe(true);
    },
  );

  it("is rejected with a message that says what to send", () => {
    for (const blank of ["", " ", "\t"]) {
      expect(expectError(parseClientName(blank))).toEqual({
        type: "invalid-value",
        detail: "must have at least one character that is not a blank",
      });
    }
    expect(expectError(parseClientName("a\u0085b"))).toEqual({
      type: "invalid-value",
      detail: "must not contain control characters",
    });
  });
});

describe("an email address", () => {
  it.each(["a@b", "ops@acme.example", "o'hara+x@sub.acme.example", "用户@例子.example"])("may be %j", (raw) => {
    expect(expectOk(parseEmailAddress(raw))).toBe(raw);
  });

  const wrong = [
    "",
    "acme",
    "@acme",
    "a@",
    "a@b@c",
    "a b@c",
    "a@b c",
    " a@b",
    "a@b ",
    "a@b\n",
    "\na@b",
    "<a@b>",
    "a@b>",
  ];
  const special = [...'@<>(),;:\\"[]\u00a0\t'].flatMap((character) => [`a${character}b@c`, `a@b${character}c`]);

  it.each([...wrong, ...special, "a\u0001@b", "a@b\u0085", "a,b@c", "a@b,c"])("can't be %j", (raw) => {
    expect(expectError(parseEmailAddress(raw))).toEqual({
      type: "invalid-value",
      detail: "must be an email address, such as ops@acme.example",
    });
  });

  it("has at most 254 characters", () => {
    expect(parseEmailAddress(`${"a".repeat(249)}@b.de`).isOk()).toBe(true);
    expect(expectError(parseEmailAddress(`${"a".repeat(250)}@b.de`)).detail).toContain("254");
  });
});

describe("a client's id", () => {
  it.each([
    "019a0000-0000-7000-8000-000000000000",
    "cus_1",
    "42",
    "ü",
    "x".repeat(255),
    "acme.example.com",
    "eyes.on.it",
    "pak_live_1",
  ])("may be %j", (raw) => {
    expect(parseClientId(raw).isOk()).toBe(true);
  });

  it.each(["", " ", "a b", " a", "a ", "a\0", "\0a", "a\u0085", "x".repeat(256)])("can't be %j", (raw) => {
    expect(expectError(parseClientId(raw))).toEqual({
      type: "invalid-value",
      detail: "must be the id of a client",
    });
  });

  it.each([
    ["an API key", API_KEY],
    ["an API key with a typing error", API_KEY.replace(/.$/, (last) => (last === "0" ? "1" : "0"))],
    ["an admin's token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"],
    ["a token without a signature", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ."],
  ])("can't be %s", (_, raw) => {
    expect(parseClientId(raw).isErr()).toBe(true);
  });
});

describe("a client from storage", () => {
  it("is returned as it was stored", () => {
    const stored = {
      id: "client-1",
      name: "Acme",
      email: "ops@acme.example",
      mode: "test",
      status: "active",
      keyHint: "pak_live_...1a2B",
      fee: { basisPoints: 250n, fixed: 30n },
      processorAccount: "acct_1",
      processorChargesEnabled: true,
      createdAt: new Date(1),
      updatedAt: new Date(2),
    };
    expect(rehydrateClient(stored)).toEqual(stored);
  });

  it("has an empty name and email address if storage has none", () => {
    const times = { createdAt: new Date(1), updatedAt: new Date(2) };
    const stored = {
      id: "client-1",
      mode: "live",
      status: "active",
      keyHint: null,
      fee: NO_FEE,
      processorAccount: null,
      processorChargesEnabled: false,
      ...times,
    };
    expect(rehydrateClient({ ...stored, name: null, email: null })).toEqual({ ...stored, name: "", email: "" });
  });

  it.each(["ACTIVE", "suspended", "", null])("counts as inactive with the status %j", (status) => {
    expect(aClient({ id: "client-1", status }).status).toBe("inactive");
  });
});

describe("the overlap of a rotation", () => {
  it.each([0, 1, 86_400])("may be %d seconds", (seconds) => {
    expect(expectOk(parseOverlapSeconds(seconds))).toBe(seconds);
  });

  it.each([-1, 86_401, 0.5, Number.NaN, Number.POSITIVE_INFINITY])("can't be %d seconds", (seconds) => {
    expect(expectError(parseOverlapSeconds(seconds))).toEqual({
      type: "invalid-value",
      detail: "must be an integer from 0 to 86400",
    });
  });
});
