import { describe, expect, it } from "@jest/globals";
import { CsprngApiKeyGenerator, DigestApiKeyEncoder, PlaintextApiKeyEncoder } from "@payments/adapters-crypto";
import { type ApiKeyPrefix, parseApiKey } from "@payments/domain";
import { SeededApiKeys } from "@payments/domain/testing";

const apiKey = new SeededApiKeys().generate();
const secret = apiKey.reveal();

describe("DigestApiKeyEncoder", () => {
  it("stores the SHA-256 of the key when there is no pepper", () => {
    // printf %s pak_test_0…11YcuCk | sha256sum
    expect(secret).toBe("pak_test_00000000000000000000000000000000000000000011YcuCk");
    expect(new DigestApiKeyEncoder().encode(apiKey)).toBe(
      "sha256:e2416c0b73949b4f591132922446547448f023cf03f3ab08e7516fa34e3bc285",
    );
    expect(new DigestApiKeyEncoder().candidates(apiKey)).toEqual([new DigestApiKeyEncoder().encode(apiKey), secret]);
  });

  it("stores an HMAC with the first pepper; the other peppers, the bare digest and the plain key are candidates", () => {
    const peppered = new DigestApiKeyEncoder(["new pepper", "old pepper"]);
    const [first, second, ...rest] = peppered.candidates(apiKey);
    expect(first).toBe(peppered.encode(apiKey));
    expect(first).toMatch(/^hmac-sha256:[0-9a-f]{8}:[0-9a-f]{64}$/);
    expect(second).toBe(new DigestApiKeyEncoder(["old pepper"]).encode(apiKey));
    expect(rest).toEqual([new DigestApiKeyEncoder().encode(apiKey), secret]);
  });

  it("accepts digests of the next pepper, and makes none", () => {
    const old = new DigestApiKeyEncoder(["old pepper"], "new pepper");
    expect(old.encode(apiKey)).toBe(new DigestApiKeyEncoder(["old pepper"]).encode(apiKey));
    expect(old.candidates(apiKey)).toContain(new DigestApiKeyEncoder(["new pepper"]).encode(apiKey));
    const none = new DigestApiKeyEncoder([], "first pepper");
    expect(none.encode(apiKey)).toBe(new DigestApiKeyEncoder().encode(apiKey));
    expect(none.candidates(apiKey)[0]).toBe(none.encode(apiKey));
    expect(none.candidates(apiKey)).toContain(new DigestApiKeyEncoder(["first pepper"]).encode(apiKey));
  });

  it("keeps its output stable across versions, because stored keys are looked up by it", () => {
    // printf %s 'pepper id: pepper' | sha256sum; printf %s pak_test_0…11YcuCk | openssl sha256 -hmac pepper
    expect(new DigestApiKeyEncoder(["pepper"]).encode(apiKey)).toBe(
      "hmac-sha256:a9efd805:f0ec231c1bc4b21fc353dfa57ad07668889cc1fea291558bd7e0efb94a2c1eb1",
    );
  });

  it("identifies the pepper without revealing it", () => {
    expect(new DigestApiKeyEncoder(["canary"]).encode(apiKey)).not.toContain("canary");
  });

  it("never encodes a key as another valid key", () => {
    for (const encoder of [new DigestApiKeyEncoder(), new DigestApiKeyEncoder(["pepper"])]) {
      expect(parseApiKey(encoder.encode(apiKey)).isErr()).toBe(true);
    }
  });
});

describe("PlaintextApiKeyEncoder", () => {
  it("stores the key in plain text; its digests remain candidates", () => {
    const encoder = new PlaintextApiKeyEncoder(new DigestApiKeyEncoder(["pepper"]));
    expect(encoder.encode(apiKey)).toBe(secret);
    expect(new Set(encoder.candidates(apiKey))).toEqual(
      new Set(new DigestApiKeyEncoder(["pepper"]).candidates(apiKey)),
    );
    expect(encoder.candidates(apiKey)[0]).toBe(secret);
    expect(encoder.candidates(apiKey)).toHaveLength(3);
  });
});

describe("CsprngApiKeyGenerator", () => {
  it("generates distinct valid keys with the prefix", () => {
    const generator = new CsprngApiKeyGenerator("pak_live_" as ApiKeyPrefix);
    const keys = Array.from({ length: 100 }, () => generator.generate("live").reveal());
    for (const key of keys) expect(parseApiKey(key).isOk()).toBe(true);
    expect(keys.every((key) => /^pak_live_[0-9A-Za-z]{49}$/.test(key))).toBe(true);
    expect(new Set(keys).size).toBe(100);
  });

  it("shows the mode of a test client in its key", () => {
    const generator = new CsprngApiKeyGenerator("pak_live_" as ApiKeyPrefix);
    expect(generator.generate("test").reveal()).toMatch(/^pak_test_[0-9A-Za-z]{49}$/);
  });
});
