import { beforeEach, describe, expect, it } from "@jest/globals";
import type { ApiKeyAuthenticator, ClientRepository } from "@payments/domain";
import { aClient, aRotation } from "../shared/builders.ts";
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
      (await clients.create(client, firstKey))._unsafeUnwrap();
    });

    const refusal = async (apiKey = firstKey) => (await authenticator.authenticate(apiKey))._unsafeUnwrapErr();

    it("recognises the client by its key", async () => {
      await clients.create(aClient({ id: "client-2" }), keys.generate());
      expect((await authenticator.authenticate(firstKey))._unsafeUnwrap()).toMatchObject({
        clientId: client.id,
        keyHint: firstKey.hint,
        overlapEndsAt: null,
      });
    });

    it("does not know a key that was never issued", async () => {
      expect(await refusal(keys.generate())).toEqual({ type: "api-key-unknown" });
    });

    it("refuses the key of an inactive client, and takes it again when the client is active", async () => {
      await clients.update(client.id, { status: "inactive" }, new Date());
      expect(await refusal()).toEqual({ type: "client-inactive", clientId: client.id });
      await clients.update(client.id, { status: "active" }, new Date());
      expect((await authenticator.authenticate(firstKey)).isOk()).toBe(true);
    });

    it("forgets a revoked key, and one that was in overlap", async () => {
      const second = keys.generate();
      await clients.replaceApiKey(client.id, second, anHour, new Date());
      await clients.revokeApiKey(client.id, new Date());
      expect(await refusal()).toEqual({ type: "api-key-unknown" });
      expect(await refusal(second)).toEqual({ type: "api-key-unknown" });
    });

    it("takes only the new key after a rotation without overlap", async () => {
      const second = keys.generate();
      await clients.replaceApiKey(client.id, second, aRotation(), new Date());
      expect(await refusal()).toEqual({ type: "api-key-unknown" });
      expect((await authenticator.authenticate(second))._unsafeUnwrap()).toMatchObject({ overlapEndsAt: null });
    });

    it("takes both keys during an overlap and says when the former one ends", async () => {
      const second = keys.generate();
      const end = (await clients.replaceApiKey(client.id, second, anHour, new Date()))._unsafeUnwrap();
      const former = (await authenticator.authenticate(firstKey))._unsafeUnwrap();
      expect(former.overlapEndsAt).toEqual(end);
      expect(former.overlapRemainingMs).toBeGreaterThan(3_500_000);
      expect(former.overlapRemainingMs).toBeLessThanOrEqual(3_600_000);
      expect((await authenticator.authenticate(second))._unsafeUnwrap()).toMatchObject({
        overlapEndsAt: null,
        overlapRemainingMs: null,
      });
    });

    it("refuses the former key once its overlap has ended", async () => {
      await clients.replaceApiKey(client.id, keys.generate(), anHour, new Date());
      await pass(3_600_000);
      expect(await refusal()).toEqual({ type: "overlap-ended", clientId: client.id });
    });

    it("rejects the older key once a second rotation ended it", async () => {
      const second = keys.generate();
      await clients.replaceApiKey(client.id, second, anHour, new Date());
      const rotation = aRotation({ overlapSeconds: 3_600, endFormerKey: true });
      await clients.replaceApiKey(client.id, keys.generate(), rotation, new Date());
      expect(await refusal()).toEqual({ type: "api-key-unknown" });
      expect((await authenticator.authenticate(second)).isOk()).toBe(true);
    });
  });
