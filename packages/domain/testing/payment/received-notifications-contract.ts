import { beforeEach, describe, expect, it } from "@jest/globals";
import type { PaymentOwner, ProcessorReference, ReceivedNotification, ReceivedNotifications } from "@payments/domain";
import { expectOk } from "../shared/result.ts";
import { aReference } from "./facts.ts";

export interface ReceivedNotificationsSetUp {
  readonly received: ReceivedNotifications;
  /** Lets the time pass, if the storage has a clock that a test can set; else it waits. */
  pass(milliseconds: number): Promise<void>;
  /** Stores a payment that has this id at its processor. */
  storePayment(reference: ProcessorReference): Promise<PaymentOwner>;
}

const LEASE_MS = 60_000;
const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** What every `ReceivedNotifications` promises. `setUp` gives an empty one before each test. */
export const receivedNotificationsContract = (setUp: () => Promise<ReceivedNotificationsSetUp>): void =>
  describe("ReceivedNotifications", () => {
    let given: ReceivedNotificationsSetUp;
    let received: ReceivedNotifications;
    beforeEach(async () => {
      given = await setUp();
      received = given.received;
    });
    const add = async (id: string, body = `{"id":"${id}"}`) =>
      expectOk(await received.add({ processor: "stripe", id, rawBody: bytes(body) }));
    const claim = async (limit = 10, leaseMs = LEASE_MS) => expectOk(await received.claim(limit, leaseMs));
    const claimOne = async (): Promise<ReceivedNotification> => {
      const [notification] = await claim();
      if (notification === undefined) throw new Error("nothing is due");
      return notification;
    };

    it("returns a notification as it was stored, byte for byte", async () => {
      const body = '{ "id":"evt_1",\n "text": "a \\"quoted\\" {,} \\\\ text" }';
      await add("evt_1", body);
      const notification = await claimOne();
      expect(notification).toMatchObject({ processor: "stripe", id: "evt_1", attempts: 1 });
      expect([...notification.rawBody]).toEqual([...bytes(body)]);
      expect(notification.receivedAt).toBeInstanceOf(Date);
    });

    it("stores a notification once, however often and however many at a time it comes", async () => {
      await Promise.all(Array.from({ length: 20 }, () => add("evt_1")));
      await add("evt_1", "another body");
      const [notification, ...others] = await claim();
      expect(others).toEqual([]);
      expect([...(notification?.rawBody ?? [])]).toEqual([...bytes('{"id":"evt_1"}')]);
      await received.finish(notification as ReceivedNotification, "applied");
      await add("evt_1");
      expect(await claim()).toEqual([]);
    });

    it("leases each notification to one caller", async () => {
      await Promise.all(Array.from({ length: 10 }, (_, index) => add(`evt_${index}`)));
      const claims = await Promise.all(Array.from({ length: 5 }, () => claim(3)));
      const ids = claims.flat().map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(new Set([...ids, ...(await claim()).map(({ id }) => id)]).size).toBe(10);
    });

    it("leases again when the lease is over, or after the time of a postponement", async () => {
      await add("evt_1");
      await claim(1, 100);
      expect(await claim()).toEqual([]);
      await given.pass(150);
      const again = await claimOne();
      expect(again.attempts).toBe(2);
      await received.postpone(again, 100);
      expect(await claim()).toEqual([]);
      await given.pass(150);
      expect((await claimOne()).attempts).toBe(3);
    });

    it("never leases a finished notification again, and forgets it when it is old", async () => {
      await add("evt_1");
      await add("evt_2");
      for (const notification of await claim(10, 0)) {
        if (notification.id === "evt_1") await received.finish(notification, "unmatched");
      }
      await given.pass(150);
      expect((await claim(10, 0)).map(({ id }) => id)).toEqual(["evt_2"]);
      await received.forgetFinished(60_000);
      await add("evt_1");
      await given.pass(150);
      expect((await claim(10, 0)).map(({ id }) => id)).toEqual(["evt_2"]);
      await received.forgetFinished(100);
      await add("evt_1");
      expect((await claim(10, 0)).map(({ id }) => id).sort()).toEqual(["evt_1", "evt_2"]);
    });

    it("finds the payment by its id at the processor, and none by another id", async () => {
      const owner = await given.storePayment(aReference("pi_1"));
      expect(expectOk(await received.ownerOf(aReference("pi_1")))).toEqual(owner);
      expect(expectOk(await received.ownerOf(aReference("pi_2")))).toBeNull();
    });
  });
