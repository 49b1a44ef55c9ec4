import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { type AsymmetricAlgorithm, JWT_ALGORITHMS, keysFromPublicKey, keysFromSecret } from "@payments/adapters-crypto";
import { SignJWT } from "jose";
import { admin, verdict } from "./verdict.ts";

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
const ed25519 = generateKeyPairSync("ed25519");

const pemOf = ({ publicKey }: Pair): string => publicKey.export({ type: "spki", format: "pem" }).toString();

describe("The key that verifies admin tokens", () => {
  it.each<[AsymmetricAlgorithm, Pair]>([
    ["RS256", rsa],
    ["ES256", p256],
    ["ES384", p384],
    ["EdDSA", ed25519],
  ])("uses %s by default", async (alg, pair) => {
    const token = await new SignJWT(admin).setProtectedHeader({ alg }).sign(pair.privateKey);
    expect(keysFromPublicKey(pemOf(pair)).algorithm).toBe(alg);
    expect(await verdict(token, { keys: keysFromPublicKey(pemOf(pair)) })).toBe("admin ada");
  });

  const pairs: Readonly<Record<string, Pair>> = { ES256: p256, ES384: p384, EdDSA: ed25519 };

  it.each(JWT_ALGORITHMS)("uses %s if configured", async (alg) => {
    const pair = pairs[alg] ?? rsa;
    const token = await new SignJWT(admin).setProtectedHeader({ alg }).sign(pair.privateKey);
    expect(await verdict(token, { keys: keysFromPublicKey(pemOf(pair), alg) })).toBe("admin ada");
  });

  it.each<[string, AsymmetricAlgorithm, Pair]>([
    ["RSA", "ES256", rsa],
    ["RSA", "EdDSA", rsa],
    ["P-256", "ES384", p256],
    ["P-256", "RS256", p256],
    ["P-384", "ES256", p384],
    ["Ed25519", "PS256", ed25519],
  ])("is rejected if it is %s and the configured algorithm is %s", (_, algorithm, pair) => {
    expect(() => keysFromPublicKey(pemOf(pair), algorithm)).toThrow(
      new RangeError(`does not fit the algorithm ${algorithm}`),
    );
  });

  it.each<[string, Pair]>([
    ["RSA of 1024 bits", generateKeyPairSync("rsa", { modulusLength: 1024 })],
    ["RSA restricted to PSS", generateKeyPairSync("rsa-pss", { modulusLength: 2048 })],
    ["P-521", generateKeyPairSync("ec", { namedCurve: "P-521" })],
    ["Ed448", generateKeyPairSync("ed448")],
    ["X25519", generateKeyPairSync("x25519")],
  ])("is rejected if it is %s", (_, pair) => {
    expect(() => keysFromPublicKey(pemOf(pair))).toThrow(
      new RangeError("must be an RSA key of 2048 bits or more, or one of P-256, P-384 or Ed25519"),
    );
  });

  it("is rejected if it is private: only a public key belongs in this setting", () => {
    const pem = rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    expect(() => keysFromPublicKey(pem)).toThrow(new TypeError("must be a public key in PEM"));
  });

  it("is rejected if it is a secret of fewer than 32 bytes", () => {
    expect(() => keysFromSecret("x".repeat(31))).toThrow(new RangeError("must be at least 32 bytes"));
    expect(keysFromSecret("éabcdefghijklmnopqrstuvwxyz1234").algorithm).toBe("HS256");
  });

  it.each(["a".repeat(32), "ab".repeat(32), "password".repeat(8)])("is rejected if it is the secret %s", (weak) => {
    expect(() => keysFromSecret(weak)).toThrow(/^repeats a few characters/);
    expect(() => keysFromSecret("0123456789abcdef0123456789abcdef", weak)).toThrow(/^repeats a few characters/);
  });
});
