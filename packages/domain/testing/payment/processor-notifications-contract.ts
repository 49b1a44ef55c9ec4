import { beforeEach, describe, expect, it } from "@jest/globals";
import type { Notification, ProcessorNotifications } from "@payments/domain";
import { expectError, expectOk } from "../shared/result.ts";

export interface SignedNotification {
  readonly rawBody: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

export interface NotificationSetUp {
  readonly notifications: ProcessorNotifications;
  /** A notification as the processor sends it at `now`, that says something about a payment. */
  readonly sent: SignedNotification;
  /** What it says. */
  readonly says: readonly Notification[];
  /** As authentic, but of a type that says nothing about payments. */
  readonly unrelated: SignedNotification;
  /** As authentic, but not in the processor's form. */
  readonly malformed: SignedNotification;
  /** The header that carries the proof, in lower case; null where the processor signs nothing. */
  readonly signatureHeader: string | null;
  readonly now: Date;
  /** How old a notification may be; null where the processor sends no time. */
  readonly toleranceMs: number | null;
}

/** What every `ProcessorNotifications` promises. */
export const processorNotificationsContract = (setUp: () => Promise<NotificationSetUp>): void =>
  describe("ProcessorNotifications", () => {
    let given: NotificationSetUp;
    beforeEach(async () => {
      given = await setUp();
    });
    const read = (sent: SignedNotification, now = given.now) =>
      given.notifications.read(sent.rawBody, sent.headers, now);

    it("reads the same from every delivery of a notification", () => {
      expect(expectOk(read(given.sent))).toEqual(given.says);
      expect(expectOk(read(given.sent))).toEqual(given.says);
      expect(expectOk(given.notifications.reread(given.sent.rawBody))).toEqual(given.says);
    });

    it("reads nothing from a notification that is about something else", () => {
      expect(expectOk(read(given.unrelated))).toEqual([]);
    });

    it("reports a body of another form", () => {
      expect(expectError(read(given.malformed))).toEqual({ type: "notification-malformed" });
      const again = given.notifications.reread(given.malformed.rawBody);
      expect(expectError(again)).toEqual({ type: "notification-malformed" });
    });

    it("rejects a body that differs in any byte from the signed one", () => {
      if (given.signatureHeader === null) return;
      for (let index = 0; index < given.sent.rawBody.length; index++) {
        const rawBody = given.sent.rawBody.map((byte, at) => (at === index ? byte ^ 1 : byte));
        expect(expectError(read({ ...given.sent, rawBody }))).toEqual({
          type: "notification-not-authentic",
          reason: "signature-wrong",
        });
      }
    });

    it("rejects a signature of another body, and a missing one", () => {
      const { signatureHeader, sent, unrelated } = given;
      if (signatureHeader === null) return;
      expect(expectError(read({ ...sent, headers: unrelated.headers }))).toMatchObject({
        reason: "signature-wrong",
      });
      const headers = Object.fromEntries(Object.entries(sent.headers).filter(([name]) => name !== signatureHeader));
      expect(expectError(read({ ...sent, headers }))).toMatchObject({ reason: "signature-missing" });
    });

    it("rejects a notification that is older or newer than the tolerance", () => {
      const { toleranceMs, sent, now } = given;
      if (toleranceMs === null) return;
      const after = (milliseconds: number) => new Date(now.getTime() + milliseconds);
      expect(read(sent, after(toleranceMs)).isOk()).toBe(true);
      for (const elsewhen of [after(toleranceMs + 1_000), after(-toleranceMs - 1_000)]) {
        expect(expectError(read(sent, elsewhen))).toMatchObject({ reason: "timestamp-outside-tolerance" });
      }
    });
  });
