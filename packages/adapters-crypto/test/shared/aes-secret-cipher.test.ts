import { randomBytes } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { AesSecretCipher, parseEncryptionKey } from "@payments/adapters-crypto";
import { rehydrateEncryptedSecret } from "@payments/domain";
import { expectError, expectOk } from "@payments/domain/testing";

const former = randomBytes(32);
const current = randomBytes(32);

describe("AesSecretCipher", () => {
  const cipher = new AesSecretCipher([current, former]);

  it("returns the secret that it encrypted, and never the same ciphertext twice", () => {
    const encrypted = cipher.encrypt("whsec_ü", "we_1");
    expect(encrypted).toMatch(/^aes-256-gcm:[0-9a-f]{8}:[A-Za-z0-9+/]+=*$/);
    expect(encrypted).not.toContain("whsec");
    expect(cipher.encrypt("whsec_ü", "we_1")).not.toBe(encrypted);
    expect(expectOk(cipher.decrypt(encrypted, "we_1"))).toBe("whsec_ü");
  });

  it("decrypts with a former key, and encrypts with the current one", () => {
    const old = new AesSecretCipher([former]).encrypt("secret", "we_1");
    expect(expectOk(cipher.decrypt(old, "we_1"))).toBe("secret");
    const anew = cipher.encrypt("secret", "we_1");
    expect(expectOk(new AesSecretCipher([current]).decrypt(anew, "we_1"))).toBe("secret");
  });

  it("names the key that is missing", () => {
    const encrypted = new AesSecretCipher([former]).encrypt("secret", "we_1");
    const missingKeyId = encrypted.split(":")[1];
    expect(expectError(new AesSecretCipher([current]).decrypt(encrypted, "we_1"))).toEqual({
      type: "secret-unreadable",
      missingKeyId,
    });
  });

  it("refuses a secret of another context", () => {
    expect(cipher.decrypt(cipher.encrypt("secret", "we_1"), "we_2").isErr()).toBe(true);
  });

  it.each([0, 11, 12, 15, 20, -1])("refuses a secret with byte %i altered", (at) => {
    const [algorithm, keyId, sealed = ""] = cipher.encrypt("secret", "we_1").split(":");
    const bytes = Buffer.from(sealed, "base64");
    const index = at < 0 ? bytes.length + at : at;
    bytes.writeUInt8(bytes.readUInt8(index) ^ 1, index);
    const altered = rehydrateEncryptedSecret(`${algorithm}:${keyId}:${bytes.toString("base64")}`);
    expect(cipher.decrypt(altered, "we_1").isErr()).toBe(true);
  });

  it.each(["", "secret", "aes-256-gcm:00000000:", "aes-256-gcm:zz:AAAA"])("refuses the malformed text %j", (text) => {
    expect(cipher.decrypt(rehydrateEncryptedSecret(text), "we_1").isErr()).toBe(true);
  });

  it("refuses a secret that is shorter than nonce and tag", () => {
    const [algorithm, keyId] = cipher.encrypt("", "we_1").split(":");
    const short = rehydrateEncryptedSecret(`${algorithm}:${keyId}:${Buffer.alloc(27).toString("base64")}`);
    expect(cipher.decrypt(short, "we_1").isErr()).toBe(true);
  });
});

describe("parseEncryptionKey", () => {
  it("accepts 32 bytes in base64 and base64url, with and without padding", () => {
    for (const text of [current.toString("base64"), current.toString("base64url")]) {
      expect(parseEncryptionKey(text)).toEqual(current);
    }
  });

  it.each([
    ["31 bytes", randomBytes(31).toString("base64")],
    ["33 bytes", randomBytes(33).toString("base64")],
    ["hexadecimal", randomBytes(32).toString("hex")],
    ["an empty text", ""],
    ["characters outside base64", "!".repeat(44)],
  ])("rejects %s", (_, text) => {
    expect(parseEncryptionKey(text)).toBeNull();
  });
});
