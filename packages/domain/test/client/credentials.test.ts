import { describe, expect, it } from "@jest/globals";
import {
  type Credentials,
  endFormer,
  isCurrent,
  rehydrateStoredApiKey,
  revoke,
  rotate,
  type StoredApiKey,
} from "@payments/domain";
import fc from "fast-check";

const [first, second, third] = ["first", "second", "third"].map(rehydrateStoredApiKey) as [
  StoredApiKey,
  StoredApiKey,
  StoredApiKey,
];
const end = new Date("2026-01-02T04:00:00.000Z");
const before = new Date(end.getTime() - 1);
const laterEnd = new Date(end.getTime() + 3_600_000);

const none: Credentials = { type: "none" };
const current: Credentials = { type: "current", current: first };
const overlap: Credentials = { type: "overlap", current: second, former: first, endsAt: end };
const revoked: Credentials = { type: "revoked" };

describe("rotate", () => {
  it.each<[string, Credentials, Date | null, Credentials]>([
    ["issues the first key", none, null, { type: "current", current: third }],
    ["starts no overlap without a key to replace", none, end, { type: "current", current: third }],
    ["replaces the key at once", current, null, { type: "current", current: third }],
    ["keeps the replaced key", current, end, { type: "overlap", current: third, former: first, endsAt: end }],
    ["ends both keys of an overlap", overlap, null, { type: "current", current: third }],
    [
      "ends the older key of an overlap",
      overlap,
      laterEnd,
      { type: "overlap", current: third, former: second, endsAt: laterEnd },
    ],
    ["issues a key after a revocation", revoked, end, { type: "current", current: third }],
  ])("%s", (_, credentials, endsAt, expected) => {
    expect(rotate(credentials, third, endsAt)).toEqual(expected);
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
    ["accepts the current key of an overlap", overlap, second, laterEnd, true],
    ["accepts the former key in the overlap's last millisecond", overlap, first, before, true],
    ["rejects the former key when the overlap ends", overlap, first, end, false],
    ["rejects a revoked key", revoked, first, before, false],
  ])("%s", (_, credentials, key, now, expected) => {
    expect(isCurrent(credentials, key, now)).toBe(expected);
  });
});

describe("any sequence of transitions", () => {
  type Step = (credentials: Credentials, next: StoredApiKey) => Credentials;
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.option(fc.integer({ min: 1, max: 9 })).map((hours): Step => {
      const endsAt = hours === null ? null : new Date(end.getTime() + hours * 3_600_000);
      return (credentials, next) => rotate(credentials, next, endsAt);
    }),
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
  const now = fc.integer({ min: -1, max: 10 }).map((hours) => new Date(end.getTime() + hours * 3_600_000));

  it("leaves at most two keys valid, and one after revoke, endFormer or the end of the overlap", () => {
    fc.assert(
      fc.property(history, now, ({ keys, after }, at) => {
        const validKeys = (credentials: Credentials, time: Date) =>
          keys.filter((key) => isCurrent(credentials, key, time)).length;
        expect(validKeys(after, at)).toBeLessThanOrEqual(2);
        expect(validKeys(endFormer(after), at)).toBeLessThanOrEqual(1);
        expect(validKeys(after, new Date(end.getTime() + 9 * 3_600_000))).toBeLessThanOrEqual(1);
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
      fc.property(history, fc.option(now), now, ({ after }, endsAt, at) => {
        expect(isCurrent(rotate(after, first, endsAt), first, at)).toBe(true);
      }),
    );
  });
});
