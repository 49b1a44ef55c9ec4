import { createHmac, generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { issueAdminToken, keysFromPublicKey, keysFromSecret } from "@payments/adapters-crypto";
import { admin, clock, now, reason, secret, verdict } from "./verdict.ts";

const b64 = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** A token with any header and claims, signed with any key. */
const forge = (header: object, claims: unknown, key = secret, digest = "sha256") => {
  const input = `${b64({ alg: "HS256", ...header })}.${b64(claims)}`;
  return `${input}.${createHmac(digest, key).update(input).digest("base64url")}`;
};

describe("JwtAdminAuthenticator", () => {
  it("accepts a token that issueAdminToken made", async () => {
    const token = await issueAdminToken({ secret, subject: "ada", lifetimeSeconds: 60, now: clock.now() });
    expect(await verdict(token)).toBe("admin ada");
    expect(await verdict(forge({}, admin))).toBe("admin ada");
  });

  it.each([
    ["no role", { exp: now + 60 }],
    ["another role", { ...admin, role: "user" }],
    ["a list of roles", { ...admin, role: ["admin"] }],
    ["a role in capitals", { ...admin, role: "ADMIN" }],
  ])("reports a missing role for a valid token with %s", async (_, claims) => {
    expect(await verdict(forge({}, claims))).toBe("admin-role-missing");
  });

  it.each([
    ["without exp", { role: "admin" }],
    ["with exp zero", { ...admin, exp: 0 }],
    ["with exp as text", { ...admin, exp: String(now + 60) }],
    ["with exp null", { ...admin, exp: null }],
    ["that expires this second", { ...admin, exp: now }],
    ["that is not valid yet", { ...admin, nbf: now + 60 }],
    ["whose claims are not an object", [admin]],
  ])("rejects a token %s", async (_, claims) => {
    expect(await verdict(forge({}, claims))).toBe("admin-token-invalid");
  });

  it.each(["none", "None", "NONE", "nOnE", "", "HS384", "HS512", "RS256", "hs256"])(
    "rejects the algorithm %j",
    async (alg) => {
      expect(await verdict(forge({ alg }, admin))).toBe("admin-token-invalid");
      expect(await verdict(`${b64({ alg })}.${b64(admin)}.`)).toBe("admin-token-invalid");
      const digest = alg === "HS384" ? "sha384" : "sha512";
      expect(await verdict(forge({ alg }, admin, secret, digest))).toBe("admin-token-invalid");
    },
  );

  it("ignores keys embedded in a token, and rejects unknown critical extensions", async () => {
    const jwk = { kty: "oct", k: b64("x".repeat(32)) };
    for (const header of [{ jwk }, { jku: "http://127.0.0.1:1/" }, { kid: "../../dev/null" }]) {
      expect(await verdict(forge(header, admin, "x".repeat(32)))).toBe("admin-token-invalid");
    }
    expect(await verdict(forge({ crit: ["x"], x: 1 }, admin))).toBe("admin-token-invalid");
    expect(await verdict(forge({ b64: false, crit: ["b64"] }, admin))).toBe("admin-token-invalid");
  });

  it("rejects a token that expires later than the maximum lifetime allows", async () => {
    const latest = forge({}, { ...admin, exp: now + 86_400 });
    const later = forge({}, { ...admin, exp: now + 86_401 });
    expect([await verdict(latest), await verdict(later)]).toEqual(["admin ada", "admin-token-invalid"]);
    expect(await verdict(forge({}, { ...admin, exp: 1e300 }))).toBe("admin-token-invalid");
    expect(await reason(later)).toBe("expires too late");
    expect(await verdict(later, { maxLifetimeSeconds: 86_401 })).toBe("admin ada");
  });

  it("accepts tokens of the previous secret, and of no other", async () => {
    const previous = "the secret that was used until today";
    const keys = keysFromSecret(secret, previous);
    expect(await verdict(forge({}, admin), { keys })).toBe("admin ada");
    expect(await verdict(forge({}, admin, previous), { keys })).toBe("admin ada");
    expect(await verdict(forge({}, admin, previous))).toBe("admin-token-invalid");
    expect(await verdict(forge({}, { ...admin, exp: now }, previous), { keys })).toBe("admin-token-invalid");
    expect(await verdict(forge({}, admin, "another secret of 32 bytes or more"), { keys })).toBe("admin-token-invalid");
  });

  it("checks issuer and audience if configured", async () => {
    const token = forge({}, { ...admin, iss: "us", aud: ["api"] });
    expect(await verdict(token, { issuer: "us", audience: "api" })).toBe("admin ada");
    expect(await verdict(token, { issuer: "them" })).toBe("admin-token-invalid");
    expect(await verdict(token, { audience: "other" })).toBe("admin-token-invalid");
    expect(await verdict(forge({}, admin), { issuer: "us" })).toBe("admin-token-invalid");
    expect(await verdict(forge({}, admin), { audience: "api" })).toBe("admin-token-invalid");
  });

  it("accepts a token without a subject as a nameless admin", async () => {
    expect(await verdict(forge({}, { role: "admin", exp: now + 60 }))).toBe("admin null");
  });

  it.each(["a", "Ada Lovelace <ada@example.com>", "auth0|5f7c", "\u00e9\u{1f600}", "x".repeat(255)])(
    "accepts the subject %j",
    async (sub) => {
      expect(await verdict(forge({}, { ...admin, sub }))).toBe(`admin ${sub}`);
    },
  );

  it.each([
    ["a list", ["ada"]],
    ["an object", { name: "ada" }],
    ["a number", 7],
    ["null", null],
    ["an empty text", ""],
    ["256 characters", "x".repeat(256)],
    ["a line break", "ada\nadmin"],
    ["a terminal escape", "\u001b[31mada"],
    ["reversed text", "ada\u202e"],
    ["a line separator", "ada\u2028"],
    ["a lone surrogate", "\ud800"],
  ])("rejects a token whose subject is or has %s", async (_, sub) => {
    expect(await reason(forge({}, { ...admin, sub }))).toBe("subject is not 1 to 255 printable characters");
    expect(await verdict(forge({}, { ...admin, role: "user", sub }))).toBe("admin-token-invalid");
  });

  it("rejects a token issued more than a minute ahead", async () => {
    expect(await verdict(forge({}, { ...admin, iat: now + 60 }))).toBe("admin ada");
    expect(await reason(forge({}, { ...admin, iat: now + 61 }))).toBe("issued in the future");
    expect(await verdict(forge({}, { ...admin, iat: 1e300 }))).toBe("admin-token-invalid");
  });

  it("accepts a token of up to 8192 characters", async () => {
    const ofLength = (length: number): string => {
      let token = forge({}, admin);
      for (let note = "x".repeat(5_900); token.length < length; note += "x") token = forge({}, { ...admin, note });
      return token;
    };
    const [longest, longer] = [ofLength(8_192), ofLength(8_193)];
    expect([longest.length, longer.length]).toEqual([8_192, 8_193]);
    expect(await verdict(longest)).toBe("admin ada");
    expect(await verdict(longer)).toBe("admin-token-invalid");
  });

  it.each([
    ["not a canonical JWS", "nonsense"],
    ["not a canonical JWS", "YQ.YQ"],
    ["not a canonical JWS", "YQ.YQ.YQ.YQ"],
    ["not a canonical JWS", `${forge({}, admin)}=`],
    ["not a canonical JWS", forge({}, admin).replace(/[^.]+$/, "")],
    ["ERR_JWT_EXPIRED", forge({}, { ...admin, exp: now })],
    ["ERR_JWS_SIGNATURE_VERIFICATION_FAILED", forge({}, admin, "x".repeat(32))],
    ["ERR_JOSE_ALG_NOT_ALLOWED", forge({ alg: "HS512" }, admin, secret, "sha512")],
  ])("gives the reason %s for the audit log", async (why, token) => {
    expect(await reason(token)).toBe(why);
  });

  it("rejects a token with one bit flipped, and every other spelling of it", async () => {
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

  it("does not accept a public key as a secret", async () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
    expect(await verdict(forge({}, admin, pem), { keys: keysFromPublicKey(pem) })).toBe("admin-token-invalid");
  });
});
