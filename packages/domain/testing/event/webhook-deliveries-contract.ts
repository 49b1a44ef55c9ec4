import { beforeEach, describe, expect, it } from "@jest/globals";
import { type ClientId, type OverlapSeconds, SERVICE, type WebhookUrl } from "@payments/domain";
import { expectOk } from "../shared/result.ts";
import { itChangesDeliveries } from "./webhook-requests-contract.ts";
import {
  acme,
  anEvent,
  DONE,
  eventTime,
  LEASE_MS,
  other,
  SUCCEEDED,
  secretOf,
  TIMED_OUT,
  type WebhookStorage,
  webhookSteps,
} from "./webhook-scenario.ts";

/** What every `WebhookDeliveries` promises. */
export const webhookDeliveriesContract = (setUp: (clients: readonly ClientId[]) => Promise<WebhookStorage>): void => {
  let storage: WebhookStorage;
  beforeEach(async () => {
    storage = await setUp([acme, other]);
  });
  const { ids, create, store, claim, idsOf, settle, list } = webhookSteps(() => storage);

  describe("WebhookDeliveries", () => {
    it("delivers each event of the client that the types include, in order, with the event's JSON", async () => {
      await store();
      const endpoint = await create({ eventTypes: ["payment.created", "payment.failed"] });
      const first = await store();
      await store({ type: "payment.succeeded" });
      await store({ clientId: other });
      const second = await store({ type: "payment.failed", sequence: 2, object: { amount: 7, note: "ü" } });
      const [turn, ...more] = await claim();
      expect(more).toEqual([]);
      expect(turn).toMatchObject({ endpoint, mode: "live", failingForMs: null, hasMore: false });
      expect(idsOf(turn)).toEqual([first.id, second.id]);
      expect(JSON.parse(turn?.deliveries[1]?.body ?? "")).toEqual({
        id: second.id,
        type: "payment.failed",
        createdAt: eventTime.toISOString(),
        mode: "live",
        sequence: 2,
        data: { object: { amount: 7, note: "ü" } },
      });
    });

    it("gives an endpoint to one caller at a time, and again after the lease or the result", async () => {
      await create();
      const event = await store();
      const turns = (await Promise.all([claim(), claim(), claim()])).flat();
      expect(turns.map(idsOf)).toEqual([[event.id]]);
      await storage.pass(LEASE_MS - 1_000);
      expect(await claim()).toEqual([]);
      await storage.pass(2_000);
      const [turn] = await claim();
      expect(idsOf(turn)).toEqual([event.id]);
      await settle(turn);
      expect(await claim()).toEqual([]);
      const next = await store();
      expect((await claim()).map(idsOf)).toEqual([[next.id]]);
    });

    it("extends a lease that holds, and not one that has ended", async () => {
      await create();
      await store();
      const turns = await claim();
      await storage.pass(LEASE_MS - 1_000);
      expectOk(await storage.deliveries.renew(turns, LEASE_MS));
      await storage.pass(LEASE_MS - 1_000);
      expect(await claim()).toEqual([]);
      await storage.pass(2_000);
      expectOk(await storage.deliveries.renew(turns, LEASE_MS));
      expect(await claim()).toHaveLength(1);
      expectOk(await storage.deliveries.renew(turns, 10 * LEASE_MS));
      await storage.pass(LEASE_MS + 1_000);
      expect(await claim()).toHaveLength(1);
    });

    it("gives a turn the former secret until its overlap ends by the clock of the storage", async () => {
      const { id } = await create();
      const rotated = await storage.endpoints.rotateSecret(acme, id, secretOf("next"), 60 as OverlapSeconds, SERVICE);
      const { secrets } = expectOk(rotated);
      await store();
      const [during] = await claim();
      expect(during?.endpoint.secrets).toEqual(secrets);
      await settle(during);
      await storage.pass(60_000);
      await store();
      expect((await claim())[0]?.endpoint.secrets).toEqual({ current: secretOf("next"), former: null });
    });

    it("stores only the attempts of a turn whose endpoint was claimed again after the lease", async () => {
      const endpoint = await create();
      await store();
      const [stale] = await claim();
      await storage.pass(LEASE_MS + 1_000);
      const [current] = await claim();
      const event = anEvent({ uuid: ids.next(), clientId: acme, type: "webhook_endpoint.disabled" });
      const disable = { reason: "gone", event };
      await settle(stale, TIMED_OUT, { state: "pending", retryInMs: 0 }, { disable });
      await storage.pass(10);
      expect([...(await claim("healthy")), ...(await claim("failing"))]).toEqual([]);
      expect(expectOk(await storage.endpoints.find(acme, endpoint.id)).disabledReason).toBeNull();
      await settle(current);
      expect((await list(endpoint)).items[0]?.attempts).toHaveLength(2);
      const next = await store();
      expect((await claim()).flatMap(idsOf)).toContain(next.id);
    });

    it("stores two turns of one endpoint that end at once, one of them after its lease", async () => {
      const endpoint = await create();
      const event = await store();
      const [stale] = await claim();
      await storage.pass(LEASE_MS + 1_000);
      const [current] = await claim();
      await Promise.all([settle(stale), settle(current)]);
      const { items } = await list(endpoint);
      expect(items).toEqual([expect.objectContaining({ id: event.id, state: "succeeded" })]);
      expect(items[0]?.attempts).toHaveLength(2);
      expect(await claim()).toEqual([]);
    });

    it("does not disable an endpoint whose URL changed during the turn", async () => {
      const endpoint = await create();
      await store();
      const [turn] = await claim();
      const url = "https://hooks.example/new" as WebhookUrl;
      expectOk(await storage.endpoints.update(acme, endpoint.id, { url }, eventTime, SERVICE));
      const event = anEvent({ uuid: ids.next(), clientId: acme, type: "webhook_endpoint.disabled" });
      await settle(turn, TIMED_OUT, { state: "pending", retryInMs: 0 }, { disable: { reason: "gone", event } });
      expect(expectOk(await storage.endpoints.find(acme, endpoint.id)).disabledReason).toBeNull();
      expect((await storage.events(acme)).map(({ id }) => id)).not.toContain(event.id);
    });

    it("claims no more endpoints and deliveries than asked for, the longest waiting endpoint first", async () => {
      for (let count = 0; count < 3; count++) await create();
      const events = [await store(), await store(), await store()];
      const [one] = await claim("healthy", 1, 2);
      expect(idsOf(one)).toEqual([events[0]?.id, events[1]?.id]);
      expect(one?.hasMore).toBe(true);
      await settle(one);
      await storage.pass(10);
      const rest = await claim("healthy", 2, 2);
      expect(rest.map(({ endpoint }) => endpoint.id)).not.toContain(one?.endpoint.id);
      for (const turn of rest) await settle(turn);
      const [last] = await claim("healthy", 1, 2);
      expect(last?.endpoint.id).toBe(one?.endpoint.id);
      expect(idsOf(last)).toEqual([events[2]?.id]);
      expect(last?.hasMore).toBe(false);
    });

    it("keeps every attempt, and delivers again when the retry is due", async () => {
      const endpoint = await create();
      const event = await store();
      const [turn] = await claim();
      await settle(turn, TIMED_OUT, { state: "pending", retryInMs: 5_000 });
      expect(await claim("failing")).toEqual([]);
      await storage.pass(5_000);
      expect(await claim("healthy")).toEqual([]);
      const [again] = await claim("failing");
      expect(again?.failingForMs).toBeGreaterThanOrEqual(0);
      expect(again?.deliveries).toEqual([expect.objectContaining({ id: event.id, attempts: 1 })]);
      await settle(again);
      const { items } = await list(endpoint);
      expect(items).toEqual([
        expect.objectContaining({
          id: event.id,
          endpointId: endpoint.id,
          clientId: acme,
          eventType: "payment.created",
          state: "succeeded",
          nextAttemptAt: null,
          attempts: [
            { startedAt: eventTime, durationMs: 12, outcome: TIMED_OUT },
            { startedAt: eventTime, durationMs: 12, outcome: SUCCEEDED },
          ],
        }),
      ]);
      const next = await store();
      expect((await claim("healthy")).map(idsOf)).toEqual([[next.id]]);
    });

    it("forgets the failures of an endpoint whose URL changes, and of no other", async () => {
      const endpoint = await create();
      await store();
      const fail = async (turn: Awaited<ReturnType<typeof claim>>[number] | undefined) => {
        await settle(turn, TIMED_OUT, { state: "pending", retryInMs: 0 });
        await storage.pass(10);
      };
      await fail((await claim())[0]);
      const change = async (url: WebhookUrl) =>
        expectOk(await storage.endpoints.update(acme, endpoint.id, { url }, eventTime, SERVICE));
      await change(endpoint.url);
      expect(await claim("healthy")).toEqual([]);
      await fail((await claim("failing"))[0]);
      await change("https://hooks.example/new" as WebhookUrl);
      const [turn] = await claim("healthy");
      expect(turn?.failingForMs).toBeNull();
    });

    it("leaves a delivery without an attempt due", async () => {
      await create();
      const event = await store();
      const [turn] = await claim();
      await settle(turn, SUCCEEDED, DONE, { attempted: [], condition: null });
      expect((await claim()).map(idsOf)).toEqual([[event.id]]);
    });

    it("disables an endpoint, stores the event that says so, and continues when it is enabled", async () => {
      const endpoint = await create();
      await store();
      const [turn] = await claim();
      const event = anEvent({
        uuid: ids.next(),
        clientId: acme,
        type: "webhook_endpoint.disabled",
        createdAt: eventTime,
      });
      await settle(turn, TIMED_OUT, { state: "pending", retryInMs: 1 }, { disable: { reason: "gone", event } });
      expect(expectOk(await storage.endpoints.find(acme, endpoint.id)).disabledReason).toBe("gone");
      expect((await storage.events(acme)).at(-1)).toEqual(event);
      const missed = await store();
      await storage.pass(10);
      expect([...(await claim()), ...(await claim("failing"))]).toEqual([]);
      expectOk(await storage.endpoints.update(acme, endpoint.id, { disabledReason: null }, eventTime, SERVICE));
      expect(idsOf((await claim())[0])).toEqual(expect.arrayContaining([event.id, missed.id]));
    });

    it("ignores the result of an endpoint that was deleted meanwhile", async () => {
      const endpoint = await create();
      await store();
      const [turn] = await claim();
      expectOk(await storage.endpoints.delete(acme, endpoint.id, SERVICE));
      const event = anEvent({ uuid: ids.next(), clientId: acme, type: "webhook_endpoint.disabled" });
      await settle(turn, TIMED_OUT, DONE, { disable: { reason: "gone", event } });
      expect((await storage.events(acme)).map(({ id }) => id)).not.toContain(event.id);
      expect((await list(endpoint)).items).toEqual([]);
    });

    itChangesDeliveries(() => storage);
  });
};
