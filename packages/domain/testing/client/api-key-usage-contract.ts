import { beforeEach, describe, expect, it } from "@jest/globals";
import type { ApiKey, ApiKeyAuthenticator, ApiKeyUsage, ClientRepository } from "@payments/domain";
import { aClient, anActor, aRotation } from "../shared/builders.ts";
import { expectError, expectOk } from "../shared/result.ts";
import { SeededApiKeys } from "./seeded-api-keys.ts";

export interface UsageStorage {
  readonly clients: ClientRepository;
  readonly authenticator: ApiKeyAuthenticator;
  readonly usage: ApiKeyUsage;
  /** Resolves when `find` reports everything that was recorded. */
  readonly settle: () => Promise<void>;
  /** Lets time pass for the overlaps in storage. */
  pass(milliseconds: number): Promise<void>;
}

const MINUTE = 60_000;

/** The contract of every `ApiKeyUsage`. `setUp` returns one over empty storage before each test. */
export const apiKeyUsageContract = (setUp: () => Promise<UsageStorage>): void =>
  describe("ApiKeyUsage", () => {
    const keys = new SeededApiKeys(4_000);
    const firstKey = keys.generate();
    const client = aClient({ id: "client-1", keyHint: firstKey.hint });
    const anHour = { overlapSeconds: 3_600 };
    let storage: UsageStorage;
    beforeEach(async () => {
      storage = await setUp();
      expectOk(await storage.clients.create(client, firstKey, anActor, null));
    });

    const use = async (apiKey: ApiKey, times = 1): Promise<void> => {
      const authenticated = expectOk(await storage.authenticator.authenticate(apiKey));
      for (let time = 0; time < times; time++) storage.usage.record(authenticated);
      await storage.settle();
    };
    const rotate = async (rotation: Parameters<typeof aRotation>[0] = {}) => {
      const next = keys.generate();
      const { clients } = storage;
      const endsAt = expectOk(await clients.replaceApiKey(client.id, next, aRotation(rotation), new Date(), anActor));
      return { next, endsAt };
    };
    const find = async (id = client.id) => expectOk(await storage.usage.find(id));
    const expectJustNow = (time: Date | null | undefined) => {
      expect(time?.getTime()).toBeGreaterThan(Date.now() - MINUTE);
      expect(time?.getTime()).toBeLessThanOrEqual(Date.now());
    };

    it("reports no use of an unused key", async () => {
      expect(await find()).toEqual({ lastUsedAt: null, former: null, ended: null });
    });

    it("reports an unknown client", async () => {
      const { id } = aClient({ id: "nobody" });
      expect(expectError(await storage.usage.find(id))).toEqual({ type: "client-not-found" });
    });

    it("reports the last use of a client's key, and not of another client's key", async () => {
      const other = aClient({ id: "client-2" });
      expectOk(await storage.clients.create(other, keys.generate(), anActor, null));
      await use(firstKey, 3);
      expectJustNow((await find()).lastUsedAt);
      expect(await find(other.id)).toEqual({ lastUsedAt: null, former: null, ended: null });
    });

    it("separates the keys of an overlap, and counts the uses of the former key since the rotation", async () => {
      await use(firstKey, 5);
      const { next: second, endsAt } = await rotate(anHour);
      const rotated = await find();
      expect(rotated).toMatchObject({
        lastUsedAt: null,
        former: { keyHint: firstKey.hint, overlapEndsAt: endsAt, uses: 0 },
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

    it("reports no use of an unused former key", async () => {
      await rotate(anHour);
      expect((await find()).former).toMatchObject({ lastUsedAt: null, uses: 0 });
    });

    it("starts counting at zero with each rotation", async () => {
      const { next: second } = await rotate(anHour);
      await use(firstKey);
      await use(second);
      await rotate({ ...anHour, endFormerKey: true });
      const third = await find();
      expect(third).toMatchObject({ lastUsedAt: null, former: { keyHint: second.hint, uses: 0 } });
      expectJustNow(third.former?.lastUsedAt);
    });

    it.each([
      ["a rotation without overlap", () => rotate()],
      ["the end of the overlap", () => rotate({ overlapSeconds: 60 }).then(() => storage.pass(60_000))],
      [
        "the former key's end",
        () => rotate(anHour).then(() => storage.clients.endFormerApiKey(client.id, new Date(), anActor)),
      ],
      ["a revocation", () => storage.clients.revokeApiKey(client.id, new Date(), anActor)],
    ])("keeps the hint and the last use of a key after %s", async (_, end) => {
      await use(firstKey);
      await end();
      const { lastUsedAt, former, ended } = await find();
      expect([lastUsedAt, former]).toEqual([null, null]);
      expect(ended?.keyHint).toBe(firstKey.hint);
      expectJustNow(ended?.lastUsedAt);
      expect(ended?.endedAt).toBeInstanceOf(Date);
    });

    it("keeps the current key, not the former one, as the last ended key after a revocation", async () => {
      const { next } = await rotate(anHour);
      await use(next);
      await storage.clients.revokeApiKey(client.id, new Date(), anActor);
      expect((await find()).ended?.keyHint).toBe(next.hint);
    });

    it("keeps the older key as the last ended key after a second rotation ended it", async () => {
      await rotate(anHour);
      await rotate({ ...anHour, endFormerKey: true });
      expect((await find()).ended?.keyHint).toBe(firstKey.hint);
    });

    it("keeps the current key as the last ended key after a rotation ended both", async () => {
      const { next } = await rotate(anHour);
      await rotate({ endFormerKey: true });
      expect((await find()).ended?.keyHint).toBe(next.hint);
    });

    it("keeps the last ended key while another key is in overlap", async () => {
      const { next } = await rotate();
      await rotate(anHour);
      expect(await find()).toMatchObject({ former: { keyHint: next.hint }, ended: { keyHint: firstKey.hint } });
    });

    it("keeps the time at which an overlap ended, whatever ends later", async () => {
      await rotate(anHour);
      await storage.pass(7_200_000);
      const { ended } = await find();
      expect(ended?.keyHint).toBe(firstKey.hint);
      await storage.clients.endFormerApiKey(client.id, new Date(), anActor);
      expect((await find()).ended).toEqual(ended);
    });
  });
