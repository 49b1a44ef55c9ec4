import { beforeEach, describe, expect, it } from "@jest/globals";
import { type ClientName, type ClientRepository, parseProcessorAccount } from "@payments/domain";
import { aClient, anActor, anIdempotencyKey, aRotation } from "../shared/builders.ts";
import { expectError, expectOk } from "../shared/result.ts";
import { SeededApiKeys } from "./seeded-api-keys.ts";

/** How far the clocks of storage and of the test may differ. */
const CLOCK_TOLERANCE_MS = 5_000;
const NO_KEYS = { keyHint: null, formerKeyHint: null };

const at = (millisecond: number): Date => new Date(Date.UTC(2026, 0, 1) + millisecond);

/** The contract of every `ClientRepository`. `setUp` returns an empty one before each test. */
export const clientRepositoryContract = (setUp: () => Promise<ClientRepository>): void =>
  describe("ClientRepository", () => {
    const keys = new SeededApiKeys(1_000);
    let clients: ClientRepository;
    beforeEach(async () => {
      clients = await setUp();
    });

    const stored = async (id: string, createdAt = at(0)) => {
      const apiKey = keys.generate();
      const client = aClient({ id, keyHint: apiKey.hint, createdAt, updatedAt: createdAt });
      expectOk(await clients.create(client, apiKey, anActor, null));
      return client;
    };

    it("returns a client as it was stored", async () => {
      const client = await stored("client-1");
      expect(expectOk(await clients.find(client.id))).toEqual(client);
    });

    it("rejects a second client with the same id and keeps the first", async () => {
      const client = await stored("client-1");
      const second = await clients.create({ ...client, name: "Other" as ClientName }, keys.generate(), anActor, null);
      expect(expectError(second)).toEqual({ type: "client-already-exists" });
      expect(expectOk(await clients.find(client.id))).toEqual(client);
    });

    describe("create with an idempotency key", () => {
      const key = anIdempotencyKey("order-1");
      const create = (id: string, fields: { name?: string; email?: string; mode?: string } = {}) =>
        clients.create(aClient({ id, ...fields }), keys.generate(), anActor, key);

      it("replays the first client to a repeated call, as it is now", async () => {
        const first = expectOk(await create("client-1"));
        expect(first).toEqual({ client: aClient({ id: "client-1" }), replayed: false });
        const changed = expectOk(
          await clients.update(first.client.id, { name: "New" as ClientName, status: "inactive" }, at(1), anActor),
        );
        expect(expectOk(await create("client-2"))).toEqual({ client: changed, replayed: true });
        expect(expectOk(await clients.list({ limit: 10, after: null, before: null })).items).toEqual([changed]);
      });

      it.each([{ name: "Other" }, { email: "other@acme.example" }, { mode: "test" }])(
        "rejects another request: %j",
        async (fields) => {
          expectOk(await create("client-1"));
          expect(expectError(await create("client-2", fields))).toEqual({ type: "idempotency-key-reused" });
          expect(expectError(await clients.find(aClient({ id: "client-2" }).id))).toEqual({ type: "client-not-found" });
        },
      );

      it("stores one client for concurrent calls", async () => {
        const results = await Promise.all(["a", "b", "c", "d"].map((id) => create(id)));
        const stored = results.map((result) => expectOk(result));
        expect(stored.filter(({ replayed }) => !replayed)).toHaveLength(1);
        expect(new Set(stored.map(({ client }) => client.id)).size).toBe(1);
      });
    });

    it("does not find an unknown client", async () => {
      expect(expectError(await clients.find(aClient({ id: "nobody" }).id))).toEqual({
        type: "client-not-found",
      });
    });

    it("changes only the given fields and the time of the change", async () => {
      const client = await stored("client-1");
      const updated = await clients.update(client.id, { status: "inactive" }, at(5), anActor);
      const expected = { ...client, status: "inactive", updatedAt: at(5) };
      expect(expectOk(updated)).toEqual(expected);
      expect(expectOk(await clients.find(client.id))).toEqual(expected);
    });

    it("stores the account at the processor, and finds the client by it, within its mode", async () => {
      const client = await stored("client-1");
      const account = expectOk(parseProcessorAccount("acct_1"));
      expect(expectOk(await clients.find(client.id))).toMatchObject({
        processorAccount: null,
        processorChargesEnabled: false,
      });
      const update = { processorAccount: account, processorChargesEnabled: true };
      expect(expectOk(await clients.update(client.id, update, at(1), anActor))).toMatchObject(update);
      expectOk(await clients.update(client.id, { processorChargesEnabled: false }, at(2), anActor));
      expect(expectOk(await clients.findByProcessorAccount(client.mode, account))).toMatchObject({
        id: client.id,
        processorAccount: account,
        processorChargesEnabled: false,
      });
      const mode = client.mode === "live" ? "test" : "live";
      const notFound = { type: "client-not-found" };
      expect(expectError(await clients.findByProcessorAccount(mode, account))).toEqual(notFound);
      const other = expectOk(parseProcessorAccount("acct_2"));
      expect(expectError(await clients.findByProcessorAccount(client.mode, other))).toEqual(notFound);
    });

    it("stores a fee, and keeps it when other fields change", async () => {
      const client = await stored("client-1");
      const fee = { basisPoints: 10_000n, fixed: 99_999_999_999n };
      expect(expectOk(await clients.update(client.id, { fee }, at(1), anActor))).toMatchObject({ name: "Acme", fee });
      await clients.update(client.id, { name: "New" as ClientName }, at(2), anActor);
      expect(expectOk(await clients.find(client.id))).toMatchObject({ name: "New", fee });
      expect(expectOk(await clients.list({ limit: 1, after: null, before: null })).items).toMatchObject([{ fee }]);
    });

    it("keeps both of two concurrent changes of different fields", async () => {
      const client = await stored("client-1");
      await Promise.all([
        clients.update(client.id, { name: "New" as ClientName }, at(1), anActor),
        clients.update(client.id, { status: "inactive" }, at(2), anActor),
      ]);
      expect(expectOk(await clients.find(client.id))).toMatchObject({ name: "New", status: "inactive" });
    });

    it("rejects every change of an unknown client", async () => {
      const { id } = aClient({ id: "nobody" });
      const results = await Promise.all([
        clients.update(id, { status: "inactive" }, at(1), anActor),
        clients.replaceApiKey(id, keys.generate(), aRotation(), at(1), anActor),
        clients.revokeApiKey(id, at(1), anActor),
        clients.endFormerApiKey(id, at(1), anActor),
      ]);
      for (const result of results) expect(expectError(result)).toEqual({ type: "client-not-found" });
    });

    it("returns the hint of the current key, and none after a revocation", async () => {
      const { id } = await stored("client-1");
      const apiKey = keys.generate();
      await clients.replaceApiKey(id, apiKey, aRotation(), at(1), anActor);
      expect(expectOk(await clients.find(id)).keyHint).toBe(apiKey.hint);
      await clients.revokeApiKey(id, at(2), anActor);
      expect(expectOk(await clients.find(id)).keyHint).toBeNull();
    });

    it("returns the end of the overlap by its own clock, or null if no former key is valid", async () => {
      const { id } = await stored("client-1");
      const replace = async (rotation: Parameters<typeof aRotation>[0]) =>
        expectOk(await clients.replaceApiKey(id, keys.generate(), aRotation(rotation), at(1), anActor));
      const start = Date.now();
      const end = (await replace({ overlapSeconds: 60 }))?.getTime() ?? 0;
      expect(end).toBeGreaterThanOrEqual(start + 60_000 - CLOCK_TOLERANCE_MS);
      expect(end).toBeLessThanOrEqual(Date.now() + 60_000 + CLOCK_TOLERANCE_MS);
      expect(await replace({ endFormerKey: true })).toBeNull();
      await clients.revokeApiKey(id, at(2), anActor);
      expect(await replace({ overlapSeconds: 60 })).toBeNull();
    });

    it("rejects a rotation during an overlap, and changes nothing, unless the rotation ends the former key", async () => {
      const { id } = await stored("client-1");
      const overlap = aRotation({ overlapSeconds: 60 });
      await clients.replaceApiKey(id, keys.generate(), overlap, at(1), anActor);
      const before = expectOk(await clients.find(id));
      for (const rotation of [overlap, aRotation()]) {
        const result = await clients.replaceApiKey(id, keys.generate(), rotation, at(2), anActor);
        expect(expectError(result)).toEqual({ type: "overlap-in-progress" });
      }
      expect(expectOk(await clients.find(id))).toEqual(before);
      const forced = aRotation({ overlapSeconds: 60, endFormerKey: true });
      expect(expectOk(await clients.replaceApiKey(id, keys.generate(), forced, at(3), anActor))).toBeInstanceOf(Date);
    });

    it("lets one of two concurrent rotations start an overlap, and rejects the other", async () => {
      const { id } = await stored("client-1");
      const rotate = () =>
        clients.replaceApiKey(id, keys.generate(), aRotation({ overlapSeconds: 60 }), at(1), anActor);
      const results = await Promise.all([rotate(), rotate()]);
      expect(results.map((result) => (result.isErr() ? result.error.type : "rotated")).sort()).toEqual([
        "overlap-in-progress",
        "rotated",
      ]);
    });

    it("returns the hints of the keys that it ended", async () => {
      const { id, keyHint } = await stored("client-1");
      const second = keys.generate();
      const third = keys.generate();
      const overlap = aRotation({ overlapSeconds: 60 });
      expect(expectOk(await clients.endFormerApiKey(id, at(1), anActor))).toEqual(NO_KEYS);
      await clients.replaceApiKey(id, second, overlap, at(1), anActor);
      expect(expectOk(await clients.endFormerApiKey(id, at(2), anActor))).toEqual({
        ...NO_KEYS,
        formerKeyHint: keyHint,
      });
      await clients.replaceApiKey(id, third, overlap, at(3), anActor);
      expect(expectOk(await clients.revokeApiKey(id, at(4), anActor))).toEqual({
        keyHint: third.hint,
        formerKeyHint: second.hint,
      });
      expect(expectOk(await clients.revokeApiKey(id, at(5), anActor))).toEqual(NO_KEYS);
    });

    it("succeeds when it revokes a second time", async () => {
      const { id } = await stored("client-1");
      await clients.revokeApiKey(id, at(1), anActor);
      expect((await clients.revokeApiKey(id, at(2), anActor)).isOk()).toBe(true);
    });

    describe("list", () => {
      const page = async (limit: number, cursor: { after?: string; before?: string } = {}) => {
        const idOf = (id?: string) => (id === undefined ? null : aClient({ id }).id);
        const listed = await clients.list({ limit, after: idOf(cursor.after), before: idOf(cursor.before) });
        const { items, next, previous } = expectOk(listed);
        return { ids: items.map(({ id }) => id), next, previous };
      };
      beforeEach(async () => {
        for (const [id, millisecond] of [
          ["a", 1],
          ["b", 3],
          ["c", 2],
          ["d", 2],
        ] as const) {
          await stored(id, at(millisecond));
        }
      });

      it("is ordered newest first, and by id for one time of creation", async () => {
        expect(await page(10)).toEqual({ ids: ["b", "d", "c", "a"], next: null, previous: null });
      });

      it("pages forward and back without loss or repetition", async () => {
        expect(await page(2)).toEqual({ ids: ["b", "d"], next: "d", previous: null });
        expect(await page(2, { after: "d" })).toEqual({ ids: ["c", "a"], next: null, previous: "c" });
        expect(await page(1, { before: "c" })).toEqual({ ids: ["d"], next: "d", previous: "d" });
        expect(await page(2, { before: "c" })).toEqual({ ids: ["b", "d"], next: "d", previous: null });
      });

      it("returns an empty page after the last client and for an unknown cursor", async () => {
        expect(await page(2, { after: "a" })).toEqual({ ids: [], next: null, previous: null });
        expect(await page(2, { after: "nobody" })).toEqual({ ids: [], next: null, previous: null });
      });
    });
  });
