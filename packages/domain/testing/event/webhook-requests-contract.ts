import { expect, it } from "@jest/globals";
import { type ClientEvent, createWebhookEndpointId, type EventId, type EventType } from "@payments/domain";
import { expectError, expectOk } from "../shared/result.ts";
import { acme, anEvent, eventTime, other, TIMED_OUT, type WebhookStorage, webhookSteps } from "./webhook-scenario.ts";

const YEAR_MS = 365 * 24 * 3_600_000;

/** What `WebhookDeliveries` promises about deliveries that a caller resends, adds, replays, lists or deletes. */
export const itChangesDeliveries = (storageOf: () => WebhookStorage): void => {
  const { ids, create, store, claim, idsOf, settle, list } = webhookSteps(storageOf);

  it("resends a settled delivery with all attempts, also one that is resent while it is sent", async () => {
    const endpoint = await create();
    const event = await store();
    await settle((await claim())[0], TIMED_OUT, { state: "pending", retryInMs: 0 });
    await storageOf().pass(10);
    const [turn] = await claim("failing");
    expectOk(await storageOf().deliveries.resend(acme, endpoint.id, event.id));
    await settle(turn);
    const [again] = await claim();
    expect(again?.deliveries).toEqual([expect.objectContaining({ id: event.id, attempts: 0 })]);
    await settle(again);
    const resent = expectOk(await storageOf().deliveries.resend(acme, endpoint.id, event.id));
    expect(resent).toMatchObject({ id: event.id, state: "pending" });
    expect(resent.attempts).toHaveLength(3);
    expect((await claim()).map(idsOf)).toEqual([[event.id]]);
  });

  it("resends no delivery that is absent or of another client or endpoint", async () => {
    const [endpoint, second] = [await create(), await create({ eventTypes: [] as EventType[] })];
    const event = await store();
    for (const turn of await claim()) await settle(turn);
    const absent = createWebhookEndpointId(ids.next());
    for (const [client, id] of [
      [other, endpoint.id],
      [acme, second.id],
      [acme, absent],
    ] as const) {
      expect(expectError(await storageOf().deliveries.resend(client, id, event.id))).toEqual({
        type: "webhook-delivery-not-found",
      });
    }
    expect(await claim()).toEqual([]);
  });

  it("delivers an added event to its endpoint only, also if the types exclude it, and not to the feed", async () => {
    const [endpoint] = [await create({ eventTypes: ["refund.failed"] }), await create()];
    const test = anEvent({ uuid: ids.next(), clientId: acme, type: "webhook_endpoint.test", object: { a: "ü" } });
    expect(expectOk(await storageOf().deliveries.add(acme, endpoint.id, test))).toMatchObject({
      id: test.id,
      state: "pending",
      attempts: [],
    });
    const [turn, ...more] = await claim();
    expect(more).toEqual([]);
    expect(JSON.parse(turn?.deliveries[0]?.body ?? "")).toMatchObject({ id: test.id, data: { object: { a: "ü" } } });
    expect(await storageOf().events(acme)).toEqual([]);
  });

  it("replays the events since a time, with new events among them", async () => {
    const endpoint = await create({ eventTypes: ["payment.created"] });
    const minutes = [0, 1, 2, 3].map((minute) => new Date(eventTime.getTime() + minute * 60_000));
    const events: ClientEvent[] = [];
    for (const createdAt of minutes) events.push(await store({ createdAt }));
    await store({ type: "payment.failed", createdAt: minutes[3] ?? eventTime });
    for (const turn of await claim()) await settle(turn);
    expectOk(await storageOf().deliveries.replay(acme, endpoint.id, minutes[2] ?? eventTime));
    const live = await store({ createdAt: minutes[3] ?? eventTime });
    const received: EventId[] = [];
    for (let [turn] = await claim(); turn !== undefined; [turn] = await claim()) {
      received.push(...idsOf(turn));
      await settle(turn);
    }
    expect([...received].sort()).toEqual([events[2]?.id, events[3]?.id, live.id].sort());
    expect((await list(endpoint)).items.every(({ state }) => state === "succeeded")).toBe(true);
  });

  it("lists deliveries in pages, newest first", async () => {
    const endpoint = await create();
    const events = [await store(), await store(), await store()].map(({ id }) => id).reverse();
    await settle((await claim())[0]);
    const first = await list(endpoint, { limit: 2 });
    expect(first.items.map(({ id }) => id)).toEqual(events.slice(0, 2));
    expect(first).toMatchObject({ next: events[1], previous: null });
    const second = await list(endpoint, { limit: 2, after: events[1] as EventId });
    expect(second.items.map(({ id }) => id)).toEqual(events.slice(2));
    expect(second.next).toBeNull();
    const back = await list(endpoint, { limit: 2, before: events[2] as EventId });
    expect(back.items.map(({ id }) => id)).toEqual(events.slice(0, 2));
    expect((await list({ ...endpoint, clientId: other })).items).toEqual([]);
  });

  it("deletes deliveries over an age, at most as many as asked for", async () => {
    const endpoint = await create();
    for (let count = 0; count < 3; count++) await store();
    await settle((await claim())[0]);
    expect(expectOk(await storageOf().deliveries.deleteOlderThan(100 * YEAR_MS, 10))).toBe(0);
    expect((await list(endpoint)).items).toHaveLength(3);
    await storageOf().pass(10);
    while (expectOk(await storageOf().deliveries.deleteOlderThan(0, 2)) > 0);
    expect((await list(endpoint)).items).toEqual([]);
  });
};
