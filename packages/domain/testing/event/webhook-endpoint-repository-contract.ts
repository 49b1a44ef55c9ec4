import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  type ClientId,
  createWebhookEndpointId,
  MAXIMUM_WEBHOOK_ENDPOINTS,
  type OverlapSeconds,
  SERVICE,
} from "@payments/domain";
import { expectError, expectOk } from "../shared/result.ts";
import {
  acme,
  anEvent,
  aWebhookEndpoint,
  eventTime,
  other,
  secretOf,
  type WebhookStorage,
  webhookSteps,
} from "./webhook-scenario.ts";

/** What every `WebhookEndpointRepository` promises. */
export const webhookEndpointRepositoryContract = (
  setUp: (clients: readonly ClientId[]) => Promise<WebhookStorage>,
): void => {
  let storage: WebhookStorage;
  beforeEach(async () => {
    storage = await setUp([acme, other]);
  });
  const { ids, create, store, claim } = webhookSteps(() => storage);

  describe("WebhookEndpointRepository", () => {
    it("stores an endpoint and finds it", async () => {
      const endpoint = await create({
        eventTypes: ["payment.succeeded", "refund.failed"],
        description: 'ünï "quoted", {braced} \\ ,',
      });
      expect(expectOk(await storage.endpoints.find(acme, endpoint.id))).toEqual(endpoint);
      const all = await create();
      expect(expectOk(await storage.endpoints.list(acme))).toEqual([all, endpoint]);
    });

    it("finds and changes no endpoint of another client", async () => {
      const { id } = await create();
      const { endpoints, deliveries } = storage;
      const notFound = { type: "webhook-endpoint-not-found" };
      expect(expectOk(await endpoints.list(other))).toEqual([]);
      for (const attempt of [
        endpoints.find(other, id),
        endpoints.find(acme, createWebhookEndpointId(ids.next())),
        endpoints.update(other, id, { disabledReason: "client" }, eventTime, SERVICE),
        endpoints.rotateSecret(other, id, secretOf("stolen"), 0 as OverlapSeconds, SERVICE),
        endpoints.delete(other, id, SERVICE),
        deliveries.replay(other, id, eventTime),
        deliveries.add(other, id, anEvent({ uuid: ids.next(), clientId: other })),
      ]) {
        expect(expectError(await attempt)).toEqual(notFound);
      }
      expect(expectOk(await endpoints.find(acme, id)).disabledReason).toBeNull();
    });

    it(`stores at most ${MAXIMUM_WEBHOOK_ENDPOINTS} endpoints of a client, also when many are created at once`, async () => {
      const results = await Promise.all(
        Array.from({ length: MAXIMUM_WEBHOOK_ENDPOINTS + 3 }, () =>
          storage.endpoints.create(aWebhookEndpoint({ uuid: ids.next(), clientId: acme }), SERVICE),
        ),
      );
      const refused = results.filter((result) => result.isErr());
      expect(refused.map(expectError)).toEqual(Array(3).fill({ type: "webhook-endpoint-limit-reached" }));
      expect(expectOk(await storage.endpoints.list(acme))).toHaveLength(MAXIMUM_WEBHOOK_ENDPOINTS);
      await create({ clientId: other });
    });

    it("changes only the given fields", async () => {
      const endpoint = await create({ description: "first", eventTypes: ["refund.failed"] });
      const later = new Date(eventTime.getTime() + 1_000);
      const changed = expectOk(
        await storage.endpoints.update(acme, endpoint.id, { description: null }, later, SERVICE),
      );
      expect(changed).toEqual({ ...endpoint, description: null, updatedAt: later });
      const again = expectOk(await storage.endpoints.update(acme, endpoint.id, { eventTypes: null }, later, SERVICE));
      expect(again).toEqual({ ...changed, eventTypes: null });
      expect(expectOk(await storage.endpoints.find(acme, endpoint.id))).toEqual(again);
    });

    it("keeps the replaced secret for the overlap, and ends it at once without one", async () => {
      const { id } = await create();
      const rotate = async (name: string, seconds: number) =>
        expectOk(await storage.endpoints.rotateSecret(acme, id, secretOf(name), seconds as OverlapSeconds, SERVICE));
      const { secrets, updatedAt } = await rotate("second", 60);
      expect(secrets).toEqual({
        current: secretOf("second"),
        former: { secret: secretOf("first"), endsAt: new Date(updatedAt.getTime() + 60_000) },
      });
      expect((await rotate("third", 60)).secrets.former?.secret).toBe(secretOf("second"));
      expect((await rotate("fourth", 0)).secrets).toEqual({ current: secretOf("fourth"), former: null });
    });

    it("stores an audit event with each change, and none for a change that fails", async () => {
      const before = (await storage.audited(acme)).length;
      const { id } = await create();
      expectOk(await storage.endpoints.update(acme, id, { disabledReason: "operator" }, eventTime, SERVICE));
      expectOk(await storage.endpoints.rotateSecret(acme, id, secretOf("next"), 0 as OverlapSeconds, SERVICE));
      expectOk(await storage.endpoints.delete(acme, id, SERVICE));
      expectError(await storage.endpoints.delete(acme, id, SERVICE));
      expectError(await storage.endpoints.update(acme, id, { disabledReason: null }, eventTime, SERVICE));
      expect((await storage.audited(acme)).slice(before)).toEqual([
        "webhook-endpoint-created",
        "webhook-endpoint-updated",
        "webhook-secret-rotated",
        "webhook-endpoint-deleted",
      ]);
    });

    it("deletes an endpoint and its pending deliveries", async () => {
      const endpoint = await create();
      await store();
      expectOk(await storage.endpoints.delete(acme, endpoint.id, SERVICE));
      expect(expectOk(await storage.endpoints.list(acme))).toEqual([]);
      expect(await claim()).toEqual([]);
      expect(expectError(await storage.endpoints.delete(acme, endpoint.id, SERVICE))).toEqual({
        type: "webhook-endpoint-not-found",
      });
    });
  });
};
