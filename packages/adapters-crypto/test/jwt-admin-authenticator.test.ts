import { createHmac, generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "@jest/globals";
import {
  type AdminTokenKeys,
  issueAdminToken,
  JwtAdminAuthenticator,
  keysFromJwks,
  keysFromPublicKey,
  keysFromSecret,
} from "@payments/adapters-crypto";
import { FixedClock } from "@payments/domain/testing";
import { exportJWK, SignJWT } from "jose";

const secret = "0123456789abcdef0123456789abcdef";
const clock = new FixedClock();
const now = Math.floor(clock.now().getTime() / 1000);
const b64 = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** A token with any header and claims, signed or not as the test wants it. */
const forge = (header: object, claims: unknown, key = secret, digest = "sha256") => {
  const input = `${b64({ alg: "HS256", ...header })}.${b64(claims)}`;
  return `${input}.${createHmac(digest, key).update(input).digest("base64url")}`;
};
const admin = { role: "admin", exp: now + 60, sub: "ada" };

const verdict = async (token: string, more: { issuer?: string; audience?: string; keys?: AdminTokenKeys } = {}) => {
  const result = await new JwtAdminAuthenticator({ keys: keysFromSecret(secret), clock, ...more }).authenticate(token);
  return result.match(
    ({ subject }) => `admin ${subject}`,
    ({ type }) => type,
  );
};

describe("JwtAdminAuthenticator", () => {
  it("admits an admin with a token that was issued here", async () => {
    const token = await issueAdminToken({ secret, subject: "ada", lifetimeSeconds: 60, now: clock.now() });
    expect(await verdict(token)).toBe("admin ada");
    expect(await verdict(forge({}, admin))).toBe("admin ada");
  });

  it.each([
    ["no role", { exp: now + 60 }],
    ["another role", { ...admin, role: "user" }],
    ["a list of roles", { ...admin, role: ["admin"] }],
    ["a role in capitals", { ...admin, role: "ADMIN" }],
  ])("knows a valid token with %s as somebody who is not an admin", async (_, claims) => {
    expect(await verdict(forge({}, claims))).toBe("admin-role-missing");
  });

  it.each([
    ["without exp", { role: "admin" }],
    ["with exp zero", { ...admin, exp: 0 }],
    ["with exp as text", { ...admin, exp: String(now + 60) }],
    ["with exp null", { ...admin, exp: null }],
    ["that expires this second", { ...admin, exp: now }],
    ["that is not valid yet", { ...admin, nbf: now + 60 }],
    ["with claims that are no object", [admin]],
  ])("refuses a token %s", async (_, claims) => {
    expect(await verdict(forge({}, claims))).toBe("admin-token-invalid");
  });

  it.each(["none", "None", "NONE", "nOnE", "", "HS384", "HS512", "RS256", "hs256"])(
    "refuses the algorithm %j",
    async (alg) => {
      expect(await verdict(forge({ alg }, admin))).toBe("admin-token-invalid");
      expect(await verdict(`${b64({ alg })}.${b64(admin)}.`)).toBe("admin-token-invalid");
      const digest = alg === "HS384" ? "sha384" : "sha512";
      expect(await verdict(forge({ alg }, admin, secret, digest))).toBe("admin-token-invalid");
    },
  );

  it("refuses keys that a token brings along, and extensions it does not know", async () => {
    const jwk = { kty: "oct", k: b64("x".repeat(32)) };
    for (const header of [{ jwk }, { jku: "http://127.0.0.1:1/" }, { kid: "../../dev/null" }]) {
      expect(await verdict(forge(header, admin, "x".repeat(32)))).toBe("admin-token-invalid");
    }
    expect(await verdict(forge({ crit: ["x"], x: 1 }, admin))).toBe("admin-token-invalid");
    expect(await verdict(forge({ b64: false, crit: ["b64"] }, admin))).toBe("admin-token-invalid");
  });

  it("checks issuer and audience where they are configured", async () => {
    const token = forge({}, { ...admin, iss: "us", aud: ["api"] });
    expect(await verdict(token, { issuer: "us", audience: "api" })).toBe("admin ada");
    expect(await verdict(token, { issuer: "them" })).toBe("admin-token-invalid");
    expect(await verdict(token, { audience: "other" })).toBe("admin-token-invalid");
    expect(await verdict(forge({}, admin), { issuer: "us" })).toBe("admin-token-invalid");
    expect(await verdict(forge({}, admin), { audience: "api" })).toBe("admin-token-invalid");
  });

  it("refuses a token with any one bit flipped, and any other spelling of it", async () => {
    const token = forge({}, admin);
    const flips = Array.from({ length: 256 }, (_, index) => {
      const bytes = Buffer.from(token);
      const at = Math.floor((index / 256) * bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (index % 7));
      return bytes.toString("latin1");
    });
    const last = token.at(-1) ?? "";
    const twin = String.fromCharCode(last.charCodeAt(0) + 1);
    const spellings = [`${token}=`, ` ${token}`, `${token}\n`, `${token}.`, token.slice(0, -1) + twin, ""];
    const verdicts = await Promise.all([...flips, ...spellings].map((flipped) => verdict(flipped)));
    expect(new Set(verdicts)).toEqual(new Set(["admin-token-invalid"]));
  });

  it("does not take a public key for a secret", async () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
    expect(await verdict(forge({}, admin, pem), { keys: keysFromPublicKey(pem) })).toBe("admin-token-invalid");
  });

  const pairs: readonly [string, { publicKey: KeyObject; privateKey: KeyObject }][] = [
    ["RS256", generateKeyPairSync("rsa", { modulusLength: 2048 })],
    ["ES256", generateKeyPairSync("ec", { namedCurve: "P-256" })],
    ["EdDSA", generateKeyPairSync("ed25519")],
  ];
  it.each(pairs)("admits a token signed with %s under its public key", async (alg, { publicKey, privateKey }) => {
    const token = await new SignJWT(admin).setProtectedHeader({ alg }).sign(privateKey);
    const keys = keysFromPublicKey(publicKey.export({ type: "spki", format: "pem" }).toString());
    expect(await verdict(token, { keys })).toBe("admin ada");
  });

  it("fetches a key set once, and tells a key set out of reach from a bad token", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "one", alg: "RS256" }] });
    let fetches = 0;
    const server = createServer((_, response) => {
      fetches += 1;
      response.setHeader("connection", "close").end(jwks);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const keys = keysFromJwks(url);
    const sign = (kid: string) => new SignJWT(admin).setProtectedHeader({ alg: "RS256", kid }).sign(privateKey);
    expect(await verdict(await sign("one"), { keys })).toBe("admin ada");
    expect(await verdict(await sign("one"), { keys })).toBe("admin ada");
    expect(await verdict(await sign("two"), { keys })).toBe("admin-token-invalid");
    expect(fetches).toBe(1);
    await new Promise((resolve) => server.close(resolve));
    expect(await verdict(await sign("one"), { keys: keysFromJwks(url) })).toBe("storage-unavailable");
  });
});

describe("the key of admin tokens", () => {
  it("is refused when a secret has fewer than 32 bytes", () => {
    expect(() => keysFromSecret("x".repeat(31))).toThrow("at least 32 bytes");
    expect(keysFromSecret("é".repeat(16)).algorithm).toBe("HS256");
  });

  it("is refused when it is weak, private, or of another kind than the algorithm", () => {
    const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const strong = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = strong.publicKey.export({ type: "spki", format: "pem" }).toString();
    expect(() => keysFromPublicKey(weak.publicKey.export({ type: "spki", format: "pem" }).toString())).toThrow("2048");
    expect(() => keysFromPublicKey(strong.privateKey.export({ type: "pkcs8", format: "pem" }).toString())).toThrow(
      "public key",
    );
    expect(() => keysFromPublicKey(pem, "ES256")).toThrow("ES256");
    expect(keysFromPublicKey(pem, "PS256").algorithm).toBe("PS256");
  });
});
