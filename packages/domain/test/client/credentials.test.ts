import { describe, expect, it } from "@jest/globals";
import {
  type Credentials,
  endFormer,
  isCurrent,
  type Rotation,
  rehydrateStoredApiKey,
  revoke,
  rotate,
  type StoredApiKey,
} from "@payments/domain";
import { aRotation, expectError, expectOk } from "@payments/domain/testing";
import fc from "fast-check";

const [first, second, third] = ["first", "second", "third"].map(rehydrateStoredApiKey) as [
  StoredApiKey,
  StoredApiKey,
  StoredApiKey,
];
const end = new Date("2026-01-02T04:00:00.000Z");
const before = new Date(end.getTime() - 1);
const later = new Date(end.getTime() + 3_600_000);

const none: Credentials = { type: "none" };
const current: Credentials = { type: "current", current: first };
const overlap: Credentials = { type: "overlap", current: second, former: first, endsAt: end };
const revoked: Credentials = { type: "revoked" };

describe("rotate", () => {
  const anHour = aRotation({ overlapSeconds: 3_600 });
  const force = aRotation({ endFormerKey: true });
  const forceWithOverlap = aRotation({ overlapSeconds: 3_600, endFormerKey: true });
  const onlyThird: Credentials = { type: "current", current: third };
  const thirdAfter = (former: StoredApiKey, start: Date): Credentials => ({
    type: "overlap",
    current: third,
    former,
    endsAt: new Date(start.getTime() + 3_600_000),
  });

  it.each<[string, Credentials, Rotation, Date, Credentials]>([
    ["issues the first key", none, aRotation(), before, onlyThird],
    ["starts no overlap without a key to replace", none, anHour, before, onlyThird],
    ["replaces the key at once", current, aRotation(), before, onlyThird],
    ["keeps the replaced key for the overlap", current, anHour, before, thirdAfter(first, before)],
    ["ends both keys of an overlap if it may end the former one", overlap, force, before, onlyThird],
    ["ends the former key if it may", overlap, forceWithOverlap, before, thirdAfter(second, before)],
    ["starts a new overlap after the last one ended", overlap, anHour, end, thirdAfter(second, end)],
    ["issues a key after a revocation", revoked, anHour, before, onlyThird],
  ])("%s", (_, credentials, rotation, now, expected) => {
    expect(expectOk(rotate(credentials, third, rotation, now))).toEqual(expected);
  });

  it.each([aRotation(), anHour])("does not end the former key of an overlap unasked: %j", (rotation) => {
    expect(expectError(rotate(overlap, third, rotation, before))).toEqual({ type: "overlap-in-progress" });
  });
});

describe("revoke", () => {
  it.each<[string, Credentials, Credentials]>([
    ["leaves a client without a key as it is", none, none],
    ["ends the key", current, revoked],
    ["ends both keys of an overlap", overlap, revoked],
    ["changes nothing the second time", revoked, revoked],
  ])("%s", (_, credentials, expected) => {
    expect(revoke(credentials)).toEqual(expected);
  });
});

describe("endFormer", () => {
  it("ends the former key and keeps the current one", () => {
    expect(endFormer(overlap)).toEqual({ type: "current", current: second });
  });

  it.each([none, current, revoked])("changes nothing without an overlap: %j", (credentials) => {
    expect(endFormer(credentials)).toEqual(credentials);
  });
});

describe("isCurrent", () => {
  it.each<[string, Credentials, StoredApiKey, Date, boolean]>([
    ["rejects a key that no client has", none, first, before, false],
    ["accepts the current key", current, first, before, true],
    ["rejects another key", current, second, before, false],
    ["accepts the current key of an overlap", overlap, second, later, true],
    ["accepts the former key in the overlap's last millisecond", overlap, first, before, true],
    ["rejects the former key when the overlap ends", overlap, first, end, false],
    ["rejects a revoked key", revoked, first, before, false],
  ])("%s", (_, credentials, key, now, expected) => {
    expect(isCurrent(credentials, key, now)).toBe(expected);
  });
});

describe("any sequence of transitions", () => {
  type Step = (credentials: Credentials, next: StoredApiKey) => Credentials;
  const rotation = fc
    .record({ overlapSeconds: fc.constantFrom(0, 1_800, 86_400), endFormerKey: fc.boolean() })
    .map(aRotation);
  const now = fc.integer({ min: -30, max: 30 }).map((hours) => new Date(end.getTime() + hours * 3_600_000));
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.tuple(rotation, now).map(
      ([fields, at]): Step =>
        (credentials, next) =>
          rotate(credentials, next, fields, at).unwrapOr(credentials),
    ),
    fc.constant<Step>((credentials) => revoke(credentials)),
    fc.constant<Step>((credentials) => endFormer(credentials)),
  );
  const history = fc.array(step, { maxLength: 20 }).map((steps) => {
    const keys = steps.map((_, index) => rehydrateStoredApiKey(`key-${index}`));
    return {
      keys,
      after: steps.reduce<Credentials>((held, apply, index) => apply(held, keys[index] as StoredApiKey), none),
    };
  });

  it("leaves at most two keys valid, and one after revoke, endFormer or the end of the overlap", () => {
    fc.assert(
      fc.property(history, now, ({ keys, after }, at) => {
        const validKeys = (credentials: Credentials, time: Date) =>
          keys.filter((key) => isCurrent(credentials, key, time)).length;
        expect(validKeys(after, at)).toBeLessThanOrEqual(2);
        expect(validKeys(endFormer(after), at)).toBeLessThanOrEqual(1);
        expect(validKeys(after, new Date(end.getTime() + 60 * 3_600_000))).toBeLessThanOrEqual(1);
        expect(validKeys(revoke(after), at)).toBe(0);
      }),
    );
  });

  it("never makes an ended key valid again", () => {
    fc.assert(
      fc.property(history, step, now, ({ keys, after }, apply, at) => {
        const next = rehydrateStoredApiKey("next");
        for (const key of keys.filter((ended) => !isCurrent(after, ended, at))) {
          expect(isCurrent(apply(after, next), key, at)).toBe(false);
        }
      }),
    );
  });

  it("makes a rotation's key valid at once and for any length of time", () => {
    fc.assert(
      fc.property(history, rotation, now, now, ({ after }, fields, at, later) => {
        const rotated = rotate(after, first, fields, at);
        expect(isCurrent(rotated.unwrapOr(after), first, later)).toBe(rotated.isOk());
      }),
    );
  });

  it("ends a valid key by a rotation only if the rotation has no overlap or may end the former key", () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 86_400 }), now, ({ keys, after }, overlapSeconds, at) => {
        const rotated = rotate(after, first, aRotation({ overlapSeconds }), at).unwrapOr(after);
        for (const key of keys.filter((valid) => isCurrent(after, valid, at))) {
          expect(isCurrent(rotated, key, at)).toBe(true);
        }
      }),
    );
  });
});
