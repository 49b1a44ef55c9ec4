import { describe, expect, it } from "@jest/globals";
import {
  type ClientEvent,
  createEventId,
  type EventId,
  parseEventCursor,
  toEventCursorText,
  toEventJson,
  toPaymentJson,
} from "@payments/domain";
import { aPayment, expectError, expectOk } from "@payments/domain/testing";

const UUID = "01900000-0000-7000-8000-000000000001";
const ID = "evt_01j00000007000800000000001";
const payment = aPayment({ uuid: UUID, clientId: "acme" as never });

describe("an event", () => {
  it("has an id with the prefix evt", () => {
    expect(createEventId(UUID)).toMatch(/^evt_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
  });

  it("becomes JSON with the object under data", () => {
    const object = toPaymentJson(payment, "test");
    const event: ClientEvent = {
      id: ID as EventId,
      clientId: payment.clientId,
      paymentId: payment.id,
      type: "payment.created",
      mode: "test",
      sequence: 1,
      object,
      createdAt: new Date("2026-01-02T03:04:05.678Z"),
    };
    expect(toEventJson(event)).toEqual({
      id: ID,
      type: "payment.created",
      createdAt: "2026-01-02T03:04:05.678Z",
      mode: "test",
      sequence: 1,
      data: { object },
    });
  });
});

describe("a cursor of the feed", () => {
  it("comes back from its text", () => {
    const cursor = { id: createEventId(UUID), position: 123_456_789_012n };
    expect(expectOk(parseEventCursor(toEventCursorText(cursor)))).toEqual(cursor);
  });

  it.each([
    "",
    ID,
    "42",
    `${ID}.`,
    `${ID}.0`,
    `${ID}.-1`,
    `${ID}.1.5`,
    `${ID}.1e3`,
    `${ID}.${"9".repeat(19)}`,
    "pay_01j00000007000800000000001.42",
  ])("can't be %j", (raw) => {
    expect(expectError(parseEventCursor(raw)).detail).toBe("must be a cursor of an earlier page");
  });
});
