import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  type ApiKeyAuthenticator,
  type ClientRepository,
  MAXIMUM_PAGE_BYTES,
  type PageRequest,
  type Payment,
  type PaymentFilter,
  type PaymentId,
  type PaymentRepository,
  type StoredApiKey,
} from "@payments/domain";
import { SeededApiKeys } from "../client/seeded-api-keys.ts";
import { aClient, anActor, anIdempotencyKey, aPayment, aRotation, utf8Bytes } from "../shared/builders.ts";
import { SequentialIds } from "../shared/clock-and-ids.ts";
import { expectError, expectOk } from "../shared/result.ts";

export interface PaymentStorage {
  readonly clients: ClientRepository;
  readonly authenticator: ApiKeyAuthenticator;
  readonly payments: PaymentRepository;
  /** Lets time pass for the overlaps in storage. */
  pass(milliseconds: number): Promise<void>;
}

/** The contract of every `PaymentRepository`. `setUp` returns one over empty storage before each test. */
export const paymentRepositoryContract = (setUp: () => Promise<PaymentStorage>): void =>
  describe("PaymentRepository", () => {
    const keys = new SeededApiKeys(3_000);
    const client = aClient({ id: "client-1" });
    const other = aClient({ id: "client-2" });
    const anHour = aRotation({ overlapSeconds: 3_600 });
    let ids: SequentialIds;
    let storage: PaymentStorage;
    let credential: StoredApiKey;
    let othersCredential: StoredApiKey;

    const registered = async (who: typeof client) => {
      const apiKey = keys.generate();
      expectOk(await storage.clients.create(who, apiKey, anActor, null));
      return expectOk(await storage.authenticator.authenticate(apiKey)).credential;
    };
    beforeEach(async () => {
      ids = new SequentialIds();
      storage = await setUp();
      credential = await registered(client);
      othersCredential = await registered(other);
    });

    const payment = (fields: Partial<Parameters<typeof aPayment>[0]> = {}): Payment =>
      aPayment({ uuid: ids.next(), clientId: client.id, ...fields });
    const create = (wanted: Payment, key: string | null = null, by = credential) =>
      storage.payments.create(wanted, by, key === null ? null : anIdempotencyKey(key), "live");
    const stored = async (clientId = client.id) =>
      expectOk(await storage.payments.list(clientId, { limit: 100, after: null, before: null })).items;

    it.each([
      ["with everything", {}],
      ["without description and metadata", { description: null, metadata: {} }],
      ["with the largest amount", { amount: "99999999999" }],
      [
        "with text of every kind",
        {
          description: `NULL "quoted", {braced}, back\\slash, 'single', tab\t, line\n, é, e\u0301, 🙂`,
          metadata: { "": "", NULL: "NULL", 'k"e\\y,{}': "v\\n", constructor: "x", b: "2", a: "1" },
        },
      ],
    ])("returns a payment %s as it was stored", async (_, fields) => {
      const wanted = payment(fields);
      expect(expectOk(await create(wanted))).toEqual({ payment: wanted, replayed: false });
      expect(expectOk(await storage.payments.find(client.id, wanted.id))).toEqual(wanted);
    });

    it("treats another client's payment as absent", async () => {
      const wanted = payment();
      await create(wanted);
      const notFound = { type: "payment-not-found" };
      expect(expectError(await storage.payments.find(other.id, wanted.id))).toEqual(notFound);
      expect(expectError(await storage.payments.find(client.id, payment().id))).toEqual(notFound);
      expect(await stored(other.id)).toEqual([]);
    });

    it("stores nothing with another client's credential", async () => {
      expect(expectError(await create(payment(), null, othersCredential))).toEqual({
        type: "credential-not-current",
      });
      expect(await stored()).toEqual([]);
    });

    it.each([
      ["revoked", () => storage.clients.revokeApiKey(client.id, new Date(), anActor)],
      ["replaced", () => storage.clients.replaceApiKey(client.id, keys.generate(), aRotation(), new Date(), anActor)],
      [
        "past its overlap",
        async () => {
          await storage.clients.replaceApiKey(client.id, keys.generate(), anHour, new Date(), anActor);
          await storage.pass(3_600_000);
        },
      ],
      ["an inactive client's", () => storage.clients.update(client.id, { status: "inactive" }, new Date(), anActor)],
    ])("stores and replays nothing with a credential that is %s", async (_, end) => {
      await create(payment(), "key-1");
      await end();
      for (const key of [null, "key-1", "key-2"]) {
        expect(expectError(await create(payment(), key))).toEqual({ type: "credential-not-current" });
      }
      expect(await stored()).toHaveLength(1);
    });

    it("stores with a former key during its overlap", async () => {
      await storage.clients.replaceApiKey(client.id, keys.generate(), anHour, new Date(), anActor);
      expect((await create(payment())).isOk()).toBe(true);
    });

    it("returns the first payment for a repeated idempotency key, whatever the second payment was", async () => {
      const first = payment();
      await create(first, "key-1");
      expect(expectOk(await create(payment({ amount: "9" }), "key-1"))).toEqual({
        payment: first,
        replayed: true,
      });
      expect(await stored()).toEqual([first]);
    });

    it("replays after a rotation of the API key, because the idempotency key belongs to the client", async () => {
      const first = payment();
      await create(first, "key-1");
      const apiKey = keys.generate();
      await storage.clients.replaceApiKey(client.id, apiKey, aRotation(), new Date(), anActor);
      const renewed = expectOk(await storage.authenticator.authenticate(apiKey)).credential;
      expect(expectOk(await create(payment(), "key-1", renewed))).toEqual({ payment: first, replayed: true });
    });

    it("lets two clients use the same idempotency key", async () => {
      await create(payment(), "key-1");
      const others = aPayment({ uuid: ids.next(), clientId: other.id });
      expect(expectOk(await create(others, "key-1", othersCredential)).replayed).toBe(false);
    });

    it("stores one of forty concurrent payments with one idempotency key", async () => {
      const results = await Promise.all(Array.from({ length: 40 }, () => create(payment(), "key-1")));
      const recorded = results.map((result) => expectOk(result));
      const [first] = await stored();
      expect(await stored()).toHaveLength(1);
      expect(recorded.filter(({ replayed }) => !replayed)).toHaveLength(1);
      for (const one of recorded) expect(one.payment).toEqual(first);
    });

    it("returns the outcome of each of many concurrent payments", async () => {
      const outcomes = await Promise.all([
        create(payment()),
        create(payment(), "key-1"),
        create(payment(), null, othersCredential),
        create(payment(), "key-2"),
        create(payment(), "key-1"),
      ]);
      expect(outcomes.map((outcome) => outcome.isOk())).toEqual([true, true, false, true, true]);
      expect(outcomes.filter((outcome) => outcome.isOk() && outcome.value.replayed)).toHaveLength(1);
      expect(await stored()).toHaveLength(3);
    });

    it("lists newest first, and pages without loss or repetition", async () => {
      const [a, b, c] = [payment(), payment(), payment()];
      for (const one of [a, b, c]) await create(one);
      const list = async (limit: number, after: Payment | null, before: Payment | null = null) =>
        expectOk(
          await storage.payments.list(client.id, { limit, after: after?.id ?? null, before: before?.id ?? null }),
        );
      expect(await list(2, null)).toEqual({ items: [c, b], next: b.id, previous: null });
      expect(await list(2, b)).toEqual({ items: [a], next: null, previous: a.id });
      expect(await list(1, null, a)).toEqual({ items: [b], next: b.id, previous: b.id });
      expect(await list(5, null, a)).toEqual({ items: [c, b], next: b.id, previous: null });
      expect(await list(5, a)).toEqual({ items: [], next: null, previous: null });
    });

    it("ends a page before it holds too many bytes, and loses no later payment", async () => {
      const metadata = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`name ${index}`, "€".repeat(100)]));
      const bytes = utf8Bytes(JSON.stringify(metadata));
      const payments = Array.from({ length: 12 }, () => payment({ metadata, description: null }));
      for (const one of payments) await create(one);
      const walk = async (direction: "after" | "before", start: PaymentId | null) => {
        const pages: (readonly Payment[])[] = [];
        for (let cursor = start; cursor !== null || pages.length === 0; ) {
          const request = { limit: 100, after: null, before: null, [direction]: cursor };
          const { items, next, previous } = expectOk(await storage.payments.list(client.id, request));
          pages.push(items);
          cursor = direction === "after" ? next : previous;
        }
        return pages;
      };
      const perPage = Math.floor(MAXIMUM_PAGE_BYTES / bytes);
      const older = await walk("after", null);
      expect(older.map(({ length }) => length)).toEqual([perPage, perPage, 12 - 2 * perPage]);
      expect(older.flat()).toEqual(payments.toReversed());
      const newer = await walk("before", payments[0]?.id ?? null);
      expect(newer.map(({ length }) => length)).toEqual([perPage, perPage, 11 - 2 * perPage]);
      expect(newer.toReversed().flat()).toEqual(payments.slice(1).toReversed());
    });

    it("lists the payments that match every filter, in pages", async () => {
      const times = ["2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z", "2026-01-03T00:00:00.000Z"];
      const made: PaymentId[] = [];
      for (const [index, time] of times.entries()) {
        const at = new Date(time);
        const uuid = `${at
          .getTime()
          .toString(16)
          .padStart(12, "0")
          .replace(/^(.{8})/, "$1-")}-7000-8000-00000000000${index}`;
        const wanted = aPayment({ uuid, clientId: client.id, createdAt: at });
        expectOk(await create(wanted, `order-${index}`));
        made.push(wanted.id);
      }
      const [first, second, third] = made;
      const all = { limit: 100, after: null, before: null };
      const list = async (filter: PaymentFilter, request: PageRequest<PaymentId> = all) =>
        expectOk(await storage.payments.list(client.id, request, filter));
      const idsOf = async (filter: PaymentFilter) => (await list(filter)).items.map(({ id }) => id);
      expect(await idsOf({})).toEqual([third, second, first]);
      expect(await idsOf({ idempotencyKey: anIdempotencyKey("order-1") })).toEqual([second]);
      expect(await idsOf({ idempotencyKey: anIdempotencyKey("order-9") })).toEqual([]);
      expect(await idsOf({ idempotencyKey: anIdempotencyKey("order-1"), status: "succeeded" })).toEqual([]);
      expect(await idsOf({ createdAfter: new Date(times[0] ?? "") })).toEqual([third, second]);
      expect(await idsOf({ createdBefore: new Date(times[2] ?? "") })).toEqual([second, first]);
      const between = { createdAfter: new Date("2026-01-01T23:59:59.999Z"), createdBefore: new Date(times[2] ?? "") };
      expect(await idsOf(between)).toEqual([second]);
      expect(await idsOf({ status: "created" })).toEqual([third, second, first]);
      expect(await idsOf({ status: "authorized" })).toEqual([]);
      const page = await list({ status: "created" }, { limit: 2, after: null, before: null });
      expect(page.items.map(({ id }) => id)).toEqual([third, second]);
      const rest = await list({ status: "created" }, { limit: 2, after: page.next, before: null });
      expect(rest).toMatchObject({ items: [{ id: first }], next: null });
      const back = await list({ status: "created" }, { limit: 2, after: null, before: rest.previous });
      expect(back.items.map(({ id }) => id)).toEqual([third, second]);
    });
  });
