import { inspect } from "node:util";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { type ApiKeyPrefix, createApiKey, parseApiKey, parseApiKeyPrefix, testPrefixOf } from "@payments/domain";
import { expectError, expectOk, SeededApiKeys } from "@payments/domain/testing";
import fc from "fast-check";

const live = expectOk(parseApiKeyPrefix("pak_live_"));
const entropy = fc.uint8Array({ minLength: 32, maxLength: 32 });
const secretOf = (bytes: Uint8Array, prefix = live) => createApiKey(prefix, bytes).reveal();

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const fromBase62 = (digits: string): bigint =>
  [...digits].reduce((sum, digit) => sum * 62n + BigInt(DIGITS.indexOf(digit)), 0n);

/** With the checksum that a key of this beginning would have. */
const sealed = (text: string): string => {
  let digits = "";
  for (let rest = crc32(text); digits.length < 6; rest = Math.floor(rest / 62))
    digits = DIGITS.charAt(rest % 62) + digits;
  return text + digits;
};

describe("an API key", () => {
  it("has the prefix, 43 base62 digits of entropy and 6 of checksum", () => {
    expect(secretOf(new Uint8Array(32))).toMatch(/^pak_live_0{43}[0-9A-Za-z]{6}$/);
    expect(secretOf(new Uint8Array(32).fill(255))).toMatch(/^pak_live_[0-9A-Za-z]{49}$/);
  });

  it("carries all 256 bits", () => {
    fc.assert(
      fc.property(entropy, (bytes) => {
        const digits = secretOf(bytes).slice("pak_live_".length, -6);
        expect(fromBase62(digits)).toBe(BigInt(`0x${Buffer.from(bytes).toString("hex")}`));
      }),
    );
  });

  // Made by Python, with zlib.crc32.
  it.each([
    ["zero", new Uint8Array(32), "pak_live_000000000000000000000000000000000000000000015Qr8i"],
    ["all ones", new Uint8Array(32).fill(255), "pak_live_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp12eXbWK"],
    [
      "0 to 31",
      Uint8Array.from({ length: 32 }, (_, index) => index),
      "pak_live_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf0PSxsW",
    ],
    [
      "811, whose checksum has leading zeros",
      Uint8Array.from({ length: 32 }, (_, index) => [3, 43][index - 30] ?? 0),
      "pak_live_00000000000000000000000000000000000000000D500Pfsz",
    ],
  ])("encodes the bytes %s as other implementations do", (_, bytes, key) => {
    expect(secretOf(bytes)).toBe(key);
  });

  it("ends with the CRC-32 of the preceding characters", () => {
    fc.assert(
      fc.property(entropy, (bytes) => {
        const secret = secretOf(bytes);
        expect(fromBase62(secret.slice(-6))).toBe(BigInt(crc32(secret.slice(0, -6))));
      }),
    );
  });

  it("survives a round trip through parseApiKey", () => {
    fc.assert(
      fc.property(entropy, (bytes) => {
        const secret = secretOf(bytes);
        expect(expectOk(parseApiKey(secret)).reveal()).toBe(secret);
      }),
    );
  });

  it("is rejected with one character changed, removed or doubled", () => {
    const secret = secretOf(Uint8Array.from({ length: 32 }, (_, index) => index * 7));
    for (let at = 0; at < secret.length; at++) {
      const twin = secret[at] === "A" ? "B" : "A";
      const variants = [
        secret.slice(0, at) + twin + secret.slice(at + 1),
        secret.slice(0, at) + secret.slice(at + 1),
        secret.slice(0, at) + secret[at] + secret.slice(at),
      ];
      for (const variant of variants) expect(parseApiKey(variant).isErr()).toBe(true);
    }
  });

  it.each(["", " ", "pak_live_", "x".repeat(10_000), "pak_live_é", "sha256:00", "pak_live_\n"])("is not %j", (raw) => {
    expect(expectError(parseApiKey(raw))).toEqual({ type: "api-key-malformed" });
  });

  it.each([
    [true, "pak_live_", "0".repeat(43)],
    [true, `${"a".repeat(31)}_`, "0".repeat(43)],
    [false, " pak_live_", "0".repeat(43)],
    [false, `${"a".repeat(32)}_`, "0".repeat(43)],
    [false, "pak-live_", "0".repeat(43)],
    [false, "9_", "0".repeat(43)],
    [false, "pak_live_", "0".repeat(42)],
    [false, "pak_live_", `${"0".repeat(49)}\n`],
  ])("is %s for the correct checksum of %j and %j", (isKey, prefix, digits) => {
    expect(parseApiKey(sealed(prefix + digits)).isOk()).toBe(isKey);
  });

  it("stays valid when the prefix of new keys changes", () => {
    const acme = secretOf(new Uint8Array(32), expectOk(parseApiKeyPrefix("acme_test_")));
    expect(expectOk(parseApiKey(acme)).reveal()).toBe(acme);
  });

  it("prints only its hint", () => {
    const apiKey = new SeededApiKeys().generate();
    const secret = apiKey.reveal();
    const printed = [String(apiKey), JSON.stringify({ apiKey }), inspect(apiKey), inspect({ apiKey }, { depth: 9 })];
    for (const text of printed) {
      expect(text).toContain(`pak_test_...${secret.slice(-4)}`);
      expect(text).not.toContain(secret.slice(-8));
    }
    expect(inspect(apiKey)).toBe(`ApiKey(pak_test_...${secret.slice(-4)})`);
    expect(Object.keys(apiKey)).toEqual([]);
  });

  it.each([0, 31, 33])("can't be created from %d bytes", (length) => {
    expect(() => createApiKey(live, new Uint8Array(length))).toThrow(new RangeError("an API key takes 32 bytes"));
  });
});

it.each([
  ["pak_live_", "pak_test_"],
  ["acme_", "acme_test_"],
  [`${"a".repeat(31)}_`, `${"a".repeat(27)}test_`],
  [`${"a".repeat(26)}_live_`, `${"a".repeat(26)}_test_`],
])("the keys of test clients beside %s begin with %s", (prefix, testPrefix) => {
  expect(testPrefixOf(expectOk(parseApiKeyPrefix(prefix)))).toBe(testPrefix);
  expect(parseApiKeyPrefix(testPrefix).isOk()).toBe(true);
});

describe("parseApiKeyPrefix", () => {
  it.each(["pak_live_", "pak_test_", "a_", "A1_", "Z_z_9_", `${"a".repeat(31)}_`])("accepts %j", (raw) => {
    const prefix: ApiKeyPrefix = expectOk(parseApiKeyPrefix(raw));
    expect(parseApiKey(secretOf(new Uint8Array(32), prefix)).isOk()).toBe(true);
  });

  it.each(["", "_", "pak", "1_", "pak-live_", "pak_live_ ", " pak_", "-a_", "a_b", "a-_", `${"a".repeat(32)}_`])(
    "refuses %j",
    (raw) => {
      expect(expectError(parseApiKeyPrefix(raw)).detail).toMatch(/^must be 2 to 32 letters/);
    },
  );
});
