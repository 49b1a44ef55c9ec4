import { expect, it } from "@jest/globals";
import { UuidV7Generator } from "@payments/adapters-crypto";
import { parsePaymentId } from "@payments/domain";

it("makes lower-case UUIDv7 that count up, thousands within a millisecond too", () => {
  const ids = new UuidV7Generator();
  const made = Array.from({ length: 20_000 }, () => ids.next());
  expect([...made].sort()).toEqual(made);
  expect(new Set(made).size).toBe(made.length);
  for (const id of made) {
    expect(parsePaymentId(id).isOk()).toBe(true);
    expect(id[14]).toBe("7");
  }
});
