import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  type ApiKeyAuthenticator,
  type ClientEvent,
  type ClientRepository,
  createEventId,
  type EventCursor,
  type EventFeed,
  type PaymentId,
  type PaymentRepository,
  type StoredApiKey,
  toPaymentJson,
  toUuid,
} from "@payments/domain";
import { SeededApiKeys } from "../client/seeded-api-keys.ts";
import { aClient, anActor, aPayment } from "../shared/builders.ts";
import { expectError, expectOk } from "../shared/result.ts";

export interface FeedStorage {
  readonly clients: ClientRepository;
  readonly authenticator: ApiKeyAuthenticator;
  readonly payments: PaymentRepository;
  readonly feed: EventFeed;
  /** Waits until the feed holds no stored event back. */
  untilVisible(): Promise<void>;
  /** A new UUIDv7 of the current time. */
  nextUuid(): string;
}

/** What every `EventFeed` promises. `setUp` gives one over empty storage before each test. */
export const eventFeedContract = (setUp: () => Promise<FeedStorage>): void =>
  describe("EventFeed", () => {
    const keys = new SeededApiKeys(8_000);
    const client = aClient({ id: "client-1" });
    const other = aClient({ id: "client-2" });
    let storage: FeedStorage;
    let credentials: Map<string, StoredApiKey>;

    beforeEach(async () => {
      storage = await setUp();
      credentials = new Map();
      for (const owner of [client, other]) {
        const apiKey = keys.generate();
        expectOk(await storage.clients.create(owner, apiKey, anActor, null));
        credentials.set(owner.id, expectOk(await storage.authenticator.authenticate(apiKey)).credential);
      }
    });

    const pay = async (owner = client, description = "Invoice 42") => {
      const payment = aPayment({ uuid: storage.nextUuid(), clientId: owner.id, description });
      const credential = credentials.get(owner.id) as StoredApiKey;
      expectOk(await storage.payments.create(payment, credential, null, "live"));
      return payment;
    };
    const list = async (limit: number, after: EventCursor | null = null) => {
      await storage.untilVisible();
      return expectOk(await storage.feed.list(client.id, { limit, after }));
    };

    const listByPayment = async (id: PaymentId, limit: number, after: number | null = null) =>
      expectOk(await storage.feed.listByPayment(client.id, id, { limit, after }));

    it("has the creation of a payment, with a full copy of it", async () => {
      const payment = await pay();
      const event: ClientEvent = {
        id: createEventId(toUuid(payment.id)),
        clientId: client.id,
        paymentId: payment.id,
        type: "payment.created",
        mode: "live",
        sequence: 1,
        object: toPaymentJson(payment, "live"),
        createdAt: payment.createdAt,
      };
      expect((await list(10)).events).toEqual([event]);
      expect(await listByPayment(payment.id, 10)).toEqual({ events: [event], hasMore: false });
      expect(await listByPayment(payment.id, 10, 1)).toEqual({ events: [], hasMore: false });
    });

    it("gives the oldest events first, and continues where the page before ended", async () => {
      const payments = [await pay(), await pay(), await pay()];
      const first = await list(2);
      const second = await list(2, first.next);
      expect([first.hasMore, second.hasMore]).toEqual([true, false]);
      expect([...first.events, ...second.events].map(({ paymentId }) => paymentId)).toEqual(
        payments.map(({ id }) => id),
      );
    });

    it("keeps the cursor of a reader that has read everything", async () => {
      expect(await list(10)).toEqual({ events: [], next: null, hasMore: false });
      await pay();
      const { next } = await list(10);
      expect(await list(10, next)).toEqual({ events: [], next, hasMore: false });
      const { id } = await pay();
      expect((await list(10, next)).events.map(({ paymentId }) => paymentId)).toEqual([id]);
    });

    it("keeps clients apart", async () => {
      const { id } = await pay(other);
      expect((await list(10)).events).toEqual([]);
      expect(await listByPayment(id, 10)).toEqual({ events: [], hasMore: false });
    });

    it("rejects a cursor of another client, and one that names no event", async () => {
      await pay(other);
      await pay();
      await storage.untilVisible();
      const foreign = expectOk(await storage.feed.list(other.id, { limit: 1, after: null })).next as EventCursor;
      const own = (await list(1)).next as EventCursor;
      const future = own.position + 10n ** 15n;
      const old = createEventId("00000000-0000-7000-8000-000000000001");
      for (const after of [
        foreign,
        { ...own, position: own.position + 1n },
        { ...own, id: foreign.id },
        { id: old, position: future },
      ]) {
        expect(expectError(await storage.feed.list(client.id, { limit: 1, after }))).toEqual({
          type: "event-cursor-unknown",
        });
      }
    });
  });
