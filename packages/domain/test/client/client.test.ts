import { describe, expect, it } from "@jest/globals";
import { parseClientId, parseClientName, parseEmailAddress, parseOverlapSeconds } from "@payments/domain";
import { aClient } from "@payments/domain/testing";

describe("a client's name", () => {
  it.each(["A", "Acme & Söhne GmbH", "x".repeat(200), "🙂".repeat(200), "e\u0301"])("may be %j", (raw) => {
    expect(parseClientName(raw)._unsafeUnwrap()).toBe(raw);
  });

  it.each(["", "  ", "x".repeat(201), "🙂".repeat(201), "a\0b", "a\nb", "\u001b[31m", "\ud800"])(
    "can't be %j",
    (raw) => {
      expect(parseClientName(raw).isErr()).toBe(true);
    },
  );
});

describe("an email address", () => {
  it.each(["a@b", "ops@acme.example", "o'hara+x@sub.acme.example", "用户@例子.example"])("may be %j", (raw) => {
    expect(parseEmailAddress(raw)._unsafeUnwrap()).toBe(raw);
  });

  it.each(["", "acme", "@acme", "a@", "a@b@c", "a b@c", "a@b\n", "<a@b>", `${"a".repeat(250)}@b.de`])(
    "can't be %j",
    (raw) => {
      expect(parseEmailAddress(raw).isErr()).toBe(true);
    },
  );
});

describe("a client's id", () => {
  it.each(["019a0000-0000-7000-8000-000000000000", "cus_1", "42"])("may be %j", (raw) => {
    expect(parseClientId(raw).isOk()).toBe(true);
  });

  it.each(["", " ", "a b", "a\0", "x".repeat(256)])("can't be %j", (raw) => {
    expect(parseClientId(raw).isErr()).toBe(true);
  });
});

describe("a client from storage", () => {
  it.each(["ACTIVE", "suspended", "", null])("counts as inactive with the status %j", (status) => {
    expect(aClient({ id: "client-1", status }).status).toBe("inactive");
  });
});

describe("the overlap of a rotation", () => {
  it.each([0, 1, 86_400])("may be %d seconds", (seconds) => {
    expect(parseOverlapSeconds(seconds)._unsafeUnwrap()).toBe(seconds);
  });

  it.each([-1, 86_401, 0.5, Number.NaN, Number.POSITIVE_INFINITY])("can't be %d seconds", (seconds) => {
    expect(parseOverlapSeconds(seconds).isErr()).toBe(true);
  });
});
