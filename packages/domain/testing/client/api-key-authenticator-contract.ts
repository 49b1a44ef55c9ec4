import { beforeEach, describe, expect, it } from "@jest/globals";
import { type ApiKeyAuthenticator, type ClientRepository, parseProcessorAccount } from "@payments/domain";
import { aClient, anActor, aRotation } from "../shared/builders.ts";
import { expectError, expectOk } from "../shared/result.ts";
import { SeededApiKeys } from "./seeded-api-keys.ts";

export interface AuthenticatorStorage {
  readonly clients: ClientRepository;
  readonly authenticator: ApiKeyAuthenticator;
  /** Lets time pass for the overlaps in storage. */
  pass(milliseconds: number): Promise<void>;
}

/** The contract of every `ApiKeyAuthenticator`. `setUp` returns one over empty storage before each test. */
export const apiKeyAuthenticatorContract = (setUp: () => Promise<AuthenticatorStorage>): void =>
  describe("ApiKeyAuthenticator", () => {
    const keys = new SeededApiKeys(2_000);
    const firstKey = keys.generate();
    const client = aClient({ id: "client-1", keyHint: firstKey.hint });
    const anHour = aRotation({ overlapSeconds: 3_600 });
    let clients: ClientRepository;
    let authenticator: ApiKeyAuthenticator;
    let pass: AuthenticatorStorage["pass"];
    beforeEach(async () => {
      ({ clients, authenticator, pass } = await setUp());
      expectOk(await clients.create(client, firstKey, anActor, null));
    });

    it.each(["live", "test"] as const)("says that the client's mode is %s", async (mode) => {
      const key = keys.generate();
      await clients.create(aClient({ id: "client-2", mode }), key, anActor, null);
      expect(expectOk(await authenticator.authenticate(key))).toMatchObject({ clientId: "client-2", mode });
    });

    const authenticationError = async (apiKey = firstKey) => expectError(await authenticator.authenticate(apiKey));

    it("authenticates the client by its key", async () => {
      await clients.create(aClient({ id: "client-2" }), keys.generate(), anActor, null);
      expect(expectOk(await authenticator.authenticate(firstKey))).toMatchObject({
        clientId: client.id,
        keyHint: firstKey.hint,
        overlapEndsAt: null,
      });
    });

    it("returns the client's account at the processor as it is now", async () => {
      expect(expectOk(await authenticator.authenticate(firstKey)).processorAccount).toBeNull();
      const processorAccount = expectOk(parseProcessorAccount("acct_1"));
      expectOk(await clients.update(client.id, { processorAccount }, new Date(), anActor));
      expect(expectOk(await authenticator.authenticate(firstKey)).processorAccount).toBe(processorAccount);
    });

    it("returns the client's fee as it is now", async () => {
      expect(expectOk(await authenticator.authenticate(firstKey)).fee).toEqual({ basisPoints: 0n, fixed: 0n });
      const fee = { basisPoints: 250n, fixed: 99_999_999_999n };
      expectOk(await clients.update(client.id, { fee }, new Date(), anActor));
      expect(expectOk(await authenticator.authenticate(firstKey)).fee).toEqual(fee);
    });

    it("rejects a key that was never issued", async () => {
      expect(await authenticationError(keys.generate())).toEqual({ type: "api-key-unknown" });
    });

    it("rejects the key of an inactive client, and accepts it again when the client is active", async () => {
      await clients.update(client.id, { status: "inactive" }, new Date(), anActor);
      expect(await authenticationError()).toEqual({ type: "client-inactive", clientId: client.id });
      await clients.update(client.id, { status: "active" }, new Date(), anActor);
      expect((await authenticator.authenticate(firstKey)).isOk()).toBe(true);
    });

    it("rejects a revoked key, and a revoked key in overlap", async () => {
      const second = keys.generate();
      await clients.replaceApiKey(client.id, second, anHour, new Date(), anActor);
      await clients.revokeApiKey(client.id, new Date(), anActor);
      expect(await authenticationError()).toEqual({ type: "api-key-unknown" });
      expect(await authenticationError(second)).toEqual({ type: "api-key-unknown" });
    });

    it("accepts only the new key after a rotation without overlap", async () => {
      const second = keys.generate();
      await clients.replaceApiKey(client.id, second, aRotation(), new Date(), anActor);
      expect(await authenticationError()).toEqual({ type: "api-key-unknown" });
      expect(expectOk(await authenticator.authenticate(second))).toMatchObject({ overlapEndsAt: null });
    });

    it("accepts both keys during an overlap, and returns the end of the overlap for the former key", async () => {
      const second = keys.generate();
      const end = expectOk(await clients.replaceApiKey(client.id, second, anHour, new Date(), anActor));
      const former = expectOk(await authenticator.authenticate(firstKey));
      expect(former.overlapEndsAt).toEqual(end);
      expect(former.overlapRemainingMs).toBeGreaterThan(3_500_000);
      expect(former.overlapRemainingMs).toBeLessThanOrEqual(3_600_000);
      expect(expectOk(await authenticator.authenticate(second))).toMatchObject({
        overlapEndsAt: null,
        overlapRemainingMs: null,
      });
    });

    it("rejects the former key after its overlap", async () => {
      await clients.replaceApiKey(client.id, keys.generate(), anHour, new Date(), anActor);
      await pass(3_600_000);
      expect(await authenticationError()).toEqual({ type: "overlap-ended", clientId: client.id });
    });

    it("rejects the older key once a second rotation ended it", async () => {
      const second = keys.generate();
      await clients.replaceApiKey(client.id, second, anHour, new Date(), anActor);
      const rotation = aRotation({ overlapSeconds: 3_600, endFormerKey: true });
      await clients.replaceApiKey(client.id, keys.generate(), rotation, new Date(), anActor);
      expect(await authenticationError()).toEqual({ type: "api-key-unknown" });
      expect((await authenticator.authenticate(second)).isOk()).toBe(true);
    });
  });
