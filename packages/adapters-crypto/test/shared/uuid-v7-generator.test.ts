import { afterEach, expect, it, jest } from "@jest/globals";
import { UuidV7Generator } from "@payments/adapters-crypto";

afterEach(() => {
  jest.restoreAllMocks();
});

it("generates increasing lower-case UUIDv7, also thousands within a millisecond", () => {
  const ids = new UuidV7Generator();
  const made = Array.from({ length: 20_000 }, () => ids.next());
  expect([...made].sort()).toEqual(made);
  expect(new Set(made).size).toBe(made.length);
  for (const id of made) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});

it("keeps increasing when the clock is set back by a year", () => {
  const ids = new UuidV7Generator();
  const before = ids.next();
  const now = Date.now();
  jest.spyOn(Date, "now").mockReturnValue(now - 365 * 86_400_000);
  expect(ids.next() > before).toBe(true);
});

it("generates different ids in different processes within one millisecond", () => {
  jest.spyOn(Date, "now").mockReturnValue(1_700_000_000_000);
  const generators = Array.from({ length: 2_000 }, () => new UuidV7Generator());
  const randomBits = generators.map((ids) => ids.next().slice(15));
  expect(new Set(randomBits).size).toBe(generators.length);
  expect(new Set(randomBits.map((bits) => bits.slice(-8))).size).toBeGreaterThan(generators.length - 5);
});

it("uses new random bits for every id", () => {
  const ids = new UuidV7Generator();
  const tails = Array.from({ length: 5_000 }, () => ids.next().slice(-8));
  expect(new Set(tails).size).toBeGreaterThan(4_990);
});
