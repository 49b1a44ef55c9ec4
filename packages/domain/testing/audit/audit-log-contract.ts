import { beforeEach, describe, expect, it } from "@jest/globals";
import type { Actor, AuditLog, ClientId, ClientRepository } from "@payments/domain";
import { SeededApiKeys } from "../client/seeded-api-keys.ts";
import { aClient, anActor, anIdempotencyKey, aRotation } from "../shared/builders.ts";
import { expectOk } from "../shared/result.ts";

export interface AuditStorage {
  readonly clients: ClientRepository;
  readonly auditLog: AuditLog;
}

const operator: Actor = { type: "operator", user: "ada", host: "db-1" };
const now = new Date("2026-01-02T03:04:05.678Z");
const ALL = { limit: 100, after: null, before: null };

/** The contract of every `AuditLog`, and of the audit events that the repositories write. */
export const auditLogContract = (setUp: () => Promise<AuditStorage>): void =>
  describe("AuditLog", () => {
    const keys = new SeededApiKeys(40_000);
    let clients: ClientRepository;
    let auditLog: AuditLog;
    let number = 0;
    beforeEach(async () => {
      ({ clients, auditLog } = await setUp());
    });

    const created = async (idempotencyKey = "") => {
      number += 1;
      const apiKey = keys.generate();
      const client = aClient({ id: `audited-${Date.now()}-${number}`, keyHint: apiKey.hint });
      const key = idempotencyKey === "" ? null : anIdempotencyKey(idempotencyKey);
      expectOk(await clients.create(client, apiKey, anActor, key));
      return client;
    };
    const rotate = (id: ClientId) => clients.replaceApiKey(id, keys.generate(), aRotation(), now, anActor);
    /** Oldest first. */
    const eventsOf = async (id: ClientId) => expectOk(await auditLog.listByClient(id, ALL)).items.toReversed();

    it("has one event with the actor for each change of a client and its keys", async () => {
      const { id, keyHint } = await created();
      const second = keys.generate();
      const third = keys.generate();
      const overlap = aRotation({ overlapSeconds: 60 });
      await clients.update(id, { status: "inactive", fee: { basisPoints: 250n, fixed: 30n } }, now, operator);
      const overlapEndsAt = expectOk(await clients.replaceApiKey(id, second, overlap, now, operator));
      await clients.endFormerApiKey(id, now, operator);
      await clients.replaceApiKey(id, third, aRotation(), now, anActor);
      await clients.revokeApiKey(id, now, anActor);
      const events = await eventsOf(id);
      expect(events.map(({ type, actor, details }) => ({ type, actor, details }))).toEqual([
        { type: "client-created", actor: anActor, details: { keyHint, mode: "live" } },
        {
          type: "client-updated",
          actor: operator,
          details: {
            fields: ["status", "fee"],
            status: "inactive",
            keyHint,
            fee: { basisPoints: 250, fixed: 30 },
            processorAccount: null,
            processorChargesEnabled: false,
          },
        },
        {
          type: "api-key-rotated",
          actor: operator,
          details: { keyHint: second.hint, overlapEndsAt: overlapEndsAt?.toISOString() },
        },
        { type: "former-api-key-ended", actor: operator, details: { formerKeyHint: keyHint } },
        { type: "api-key-rotated", actor: anActor, details: { keyHint: third.hint, overlapEndsAt: null } },
        { type: "api-key-revoked", actor: anActor, details: { keyHint: third.hint, formerKeyHint: null } },
      ]);
      expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(new Set(events.map(({ hash }) => hash)).size).toBe(6);
      for (const event of events) expect(event).toMatchObject({ clientId: id, id: expect.stringMatching(/^aud_/) });
    });

    it("has no event of a call that found no key to end", async () => {
      const { id } = await created();
      expectOk(await clients.endFormerApiKey(id, now, operator));
      expect((await eventsOf(id)).map(({ type }) => type)).toEqual(["client-created"]);
      for (let count = 0; count < 2; count++) expectOk(await clients.revokeApiKey(id, now, operator));
      expectOk(await clients.endFormerApiKey(id, now, operator));
      expect((await eventsOf(id)).map(({ type }) => type)).toEqual(["client-created", "api-key-revoked"]);
    });

    it("has no event of a change that was rejected or repeated", async () => {
      const client = await created("order-1");
      const { id } = client;
      const overlap = aRotation({ overlapSeconds: 60 });
      await clients.replaceApiKey(id, keys.generate(), overlap, now, anActor);
      const before = await eventsOf(id);
      const unknown = aClient({ id: "nobody" }).id;
      await clients.create(client, keys.generate(), anActor, null);
      const replayed = await clients.create(client, keys.generate(), anActor, anIdempotencyKey("order-1"));
      expect(expectOk(replayed).replayed).toBe(true);
      await clients.replaceApiKey(id, keys.generate(), overlap, now, anActor);
      await clients.update(unknown, { status: "inactive" }, now, anActor);
      await clients.replaceApiKey(unknown, keys.generate(), overlap, now, anActor);
      await clients.revokeApiKey(unknown, now, anActor);
      await clients.endFormerApiKey(unknown, now, anActor);
      expect(await eventsOf(id)).toEqual(before);
      expect(await eventsOf(unknown)).toEqual([]);
    });

    it("numbers concurrent changes of a client without gaps", async () => {
      const { id } = await created();
      await Promise.all(Array.from({ length: 8 }, () => rotate(id)));
      expect((await eventsOf(id)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it("pages through one client's events, forward and back", async () => {
      const { id } = await created();
      for (let count = 0; count < 3; count++) await rotate(id);
      const page = async (cursor: { after?: typeof event; before?: typeof event }) => {
        const { after = null, before = null } = cursor;
        const { items, next, previous } = expectOk(await auditLog.listByClient(id, { limit: 2, after, before }));
        return { sequences: items.map(({ sequence }) => sequence), next, previous };
      };
      const [, second, third, fourth] = await eventsOf(id);
      const event = second?.id ?? null;
      expect(await page({})).toEqual({ sequences: [4, 3], next: third?.id, previous: null });
      expect(await page({ after: third?.id ?? null })).toEqual({ sequences: [2, 1], next: null, previous: event });
      expect(await page({ before: event })).toEqual({ sequences: [4, 3], next: third?.id, previous: null });
      expect(await page({ after: fourth?.id ?? null })).toEqual({
        sequences: [3, 2],
        next: event,
        previous: third?.id,
      });
    });

    it("lists the events of all clients, and none of another client for a foreign cursor", async () => {
      const [one, other] = [await created(), await created()];
      const recent = expectOk(await auditLog.list({ limit: 2, after: null, before: null }));
      expect(recent.items.map(({ clientId }) => clientId).toSorted()).toEqual([one.id, other.id].toSorted());
      const older = expectOk(await auditLog.list({ limit: 1, after: recent.items[0]?.id ?? null, before: null }));
      expect(older.items).toEqual([recent.items[1]]);
      const [foreign] = await eventsOf(other.id);
      const listed = await auditLog.listByClient(one.id, { limit: 10, after: foreign?.id ?? null, before: null });
      expect(expectOk(listed).items).toEqual([]);
    });
  });
