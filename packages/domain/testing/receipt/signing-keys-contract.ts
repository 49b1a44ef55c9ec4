import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  type EncryptedSecret,
  type NewSigningKey,
  rehydrateEncryptedSecret,
  rehydrateSigningKeyId,
  type SigningKeys,
} from "@payments/domain";
import { expectError, expectOk } from "../shared/result.ts";

export interface SigningKeyStorage {
  readonly signingKeys: SigningKeys;
  /** Lets time pass for the keys in storage. */
  pass(seconds: number): Promise<void>;
}

/** The contract of every `SigningKeys`. `setUp` returns an empty one before each test. */
export const signingKeysContract = (setUp: () => Promise<SigningKeyStorage>): void =>
  describe("SigningKeys", () => {
    let storage: SigningKeyStorage;
    beforeEach(async () => {
      storage = await setUp();
    });

    const keyNamed = (name: string): NewSigningKey => ({
      id: rehydrateSigningKeyId(name),
      publicKey: { kty: "OKP", kid: name },
      privateKey: rehydrateEncryptedSecret(`secret of ${name}`),
    });
    const add = async (name: string, delaySeconds = 0) =>
      expectOk(await storage.signingKeys.add(keyNamed(name), delaySeconds));
    const current = async () => expectOk(await storage.signingKeys.current())?.id ?? null;
    const states = async () => expectOk(await storage.signingKeys.list()).map(({ id, state }) => [id as string, state]);

    it("has no key at first", async () => {
      expect(await current()).toBeNull();
      expect(await states()).toEqual([]);
    });

    it("signs with a new key after its delay, and publishes it before and after", async () => {
      await add("first");
      await storage.pass(1);
      const signsFrom = await add("second", 60);
      expect(await states()).toEqual([
        ["second", "will-sign"],
        ["first", "signs"],
      ]);
      expect(expectOk(await storage.signingKeys.list())[0]).toMatchObject({
        publicKey: { kty: "OKP", kid: "second" },
        signsFrom,
      });
      expect(expectOk(await storage.signingKeys.current())).toEqual({
        id: "first",
        privateKey: "secret of first" as EncryptedSecret,
      });
      await storage.pass(61);
      expect(await current()).toBe("second");
      expect(await states()).toEqual([
        ["second", "signs"],
        ["first", "verifies"],
      ]);
    });

    it("no longer signs with a removed key: the one before it signs again, while it has its private key", async () => {
      for (const name of ["first", "second", "third"]) {
        await add(name);
        await storage.pass(1);
      }
      expectOk(await storage.signingKeys.remove(keyNamed("third").id));
      expect(await states()).toEqual([
        ["second", "signs"],
        ["first", "verifies"],
      ]);
      expectOk(await storage.signingKeys.remove(keyNamed("second").id));
      expect(await current()).toBeNull();
      expect(await states()).toEqual([["first", "verifies"]]);
    });

    it("removes a key once", async () => {
      await add("first");
      expectOk(await storage.signingKeys.remove(keyNamed("first").id));
      for (const name of ["first", "unknown"]) {
        expect(expectError(await storage.signingKeys.remove(keyNamed(name).id))).toEqual({
          type: "signing-key-not-found",
        });
      }
    });
  });
