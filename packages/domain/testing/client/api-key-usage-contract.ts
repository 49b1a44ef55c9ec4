import { beforeEach, describe, expect, it } from "@jest/globals";
import type { ApiKey, ApiKeyAuthenticator, ApiKeyUsage, ClientRepository } from "@payments/domain";
import { aClient } from "../shared/builders.ts";
import { SeededApiKeys } from "./seeded-api-keys.ts";

export interface UsageStorage {
  readonly clients: ClientRepository;
  readonly authenticator: ApiKeyAuthenticator;
  readonly usage: ApiKeyUsage;
  /** Resolves once `find` knows of all that was recorded. */
  readonly settle: () => Promise<void>;
}

const MINUTE = 60_000;

/** What every `ApiKeyUsage` promises. `setUp` gives one over empty storage before each test. */
export const apiKeyUsageContract = (setUp: () => Promise<UsageStorage>): void =>
  describe("ApiKeyUsage", () => {
    const keys = new SeededApiKeys(4_000);
    const firstKey = keys.generate();
    const client = aClient({ id: "client-1", keyHint: firstKey.hint });
    const inAnHour = new Date(Date.now() + 60 * MINUTE);
    let storage: UsageStorage;
    beforeEach(async () => {
      storage = await setUp();
      (await storage.clients.create(client, firstKey))._unsafeUnwrap();
    });

    const use = async (apiKey: ApiKey, times = 1): Promise<void> => {
      const recognised = (await storage.authenticator.authenticate(apiKey))._unsafeUnwrap();
      for (let time = 0; time < times; time++) storage.usage.record(recognised);
      await storage.settle();
    };
    const rotate = async (overlapEndsAt: Date | null) => {
      const next = keys.generate();
      (await storage.clients.replaceApiKey(client.id, next, overlapEndsAt, new Date()))._unsafeUnwrap();
      return next;
    };
    const find = async (id = client.id) => (await storage.usage.find(id))._unsafeUnwrap();
    const expectJustNow = (time: Date | null | undefined) => {
      expect(time?.getTime()).toBeGreaterThan(Date.now() - MINUTE);
      expect(time?.getTime()).toBeLessThanOrEqual(Date.now());
    };

    it("knows of no use of a key that was never used", async () => {
      expect(await find()).toEqual({ lastUsedAt: null, former: null });
    });

    it("does not know a client that is not there", async () => {
      const { id } = aClient({ id: "nobody" });
      expect((await storage.usage.find(id))._unsafeUnwrapErr()).toEqual({ type: "client-not-found" });
    });

    it("says when a client's key was last used, and nothing of another client's", async () => {
      const other = aClient({ id: "client-2" });
      (await storage.clients.create(other, keys.generate()))._unsafeUnwrap();
      await use(firstKey, 3);
      expectJustNow((await find()).lastUsedAt);
      expect(await find(other.id)).toEqual({ lastUsedAt: null, former: null });
    });

    it("tells the keys of an overlap apart, and counts the uses of the former one from the rotation on", async () => {
      await use(firstKey, 5);
      const second = await rotate(inAnHour);
      const rotated = await find();
      expect(rotated).toMatchObject({
        lastUsedAt: null,
        former: { keyHint: firstKey.hint, overlapEndsAt: inAnHour, uses: 0 },
      });
      expectJustNow(rotated.former?.lastUsedAt);
      await use(firstKey, 2);
      await use(firstKey);
      expect(await find()).toMatchObject({ lastUsedAt: null, former: { uses: 3 } });
      await use(second, 7);
      const both = await find();
      expectJustNow(both.lastUsedAt);
      expect(both.former?.uses).toBe(3);
    });

    it("knows of no use of a former key that was never used", async () => {
      await rotate(inAnHour);
      expect((await find()).former).toMatchObject({ lastUsedAt: null, uses: 0 });
    });

    it("begins anew with each rotation", async () => {
      const second = await rotate(inAnHour);
      await use(firstKey);
      await use(second);
      await rotate(inAnHour);
      const third = await find();
      expect(third).toMatchObject({ lastUsedAt: null, former: { keyHint: second.hint, uses: 0 } });
      expectJustNow(third.former?.lastUsedAt);
    });

    it.each([
      ["a rotation without overlap", () => rotate(null)],
      ["an overlap that is over", () => rotate(new Date(Date.now() - 1))],
      ["a revocation", () => storage.clients.revokeApiKey(client.id, new Date())],
    ])("knows of no former key after %s", async (_, end) => {
      await use(firstKey);
      await end();
      expect(await find()).toEqual({ lastUsedAt: null, former: null });
    });
  });
