import { describe, expect, it } from "@jest/globals";
import { pageOf, pageWithin, parsePageLimit } from "@payments/domain";
import { expectError, expectOk } from "@payments/domain/testing";

describe("the limit of a page", () => {
  it.each([
    ["1", 1],
    ["20", 20],
    ["100", 100],
    ["007", 7],
  ])("may be %j", (raw, limit) => {
    expect(expectOk(parsePageLimit(raw))).toBe(limit);
  });

  it.each(["", "0", "101", "1000", "-1", "1.5", " 1", "1 ", "1e1", "a", "1a", "a1"])("can't be %j", (raw) => {
    expect(expectError(parsePageLimit(raw))).toEqual({
      type: "invalid-value",
      detail: "must be an integer from 1 to 100",
    });
  });
});

describe("a page of a list in memory", () => {
  const all = ["b", "d", "a", "c"].map((id) => ({ id }));
  const idsOf = (page: { readonly items: readonly { id: string }[] }) => page.items.map(({ id }) => id).join("");
  const within = (cursors: { after?: string; before?: string }) =>
    pageWithin(all, { limit: 2, after: null, before: null, ...cursors });

  it("has the newest items first, and leads to the others in both directions", () => {
    const first = within({});
    expect([idsOf(first), first.next, first.previous]).toEqual(["dc", "c", null]);
    const second = within({ after: "c" });
    expect([idsOf(second), second.next, second.previous]).toEqual(["ba", null, "b"]);
    const back = within({ before: "b" });
    expect([idsOf(back), back.next, back.previous]).toEqual(["dc", "c", null]);
  });

  it("continues behind a cursor whose item is gone", () => {
    expect(idsOf(within({ after: "bb" }))).toBe("ba");
  });
});

describe("a page", () => {
  const items = (...ids: number[]) => ids.map((id) => ({ id }));
  const first = { limit: 2, after: null, before: null };
  const after = { limit: 2, after: 9, before: null };
  const before = { limit: 2, after: null, before: 1 };

  it.each([
    ["the first of several", items(9, 8, 7), first, { items: items(9, 8), next: 8, previous: null }],
    ["a long one", items(9, 8, 7, 6), { ...first, limit: 3 }, { items: items(9, 8, 7), next: 7, previous: null }],
    ["the only one", items(9, 8), first, { items: items(9, 8), next: null, previous: null }],
    ["one in the middle", items(8, 7, 6), after, { items: items(8, 7), next: 7, previous: 8 }],
    ["the last", items(8), after, { items: items(8), next: null, previous: 8 }],
    ["one beyond the end", [], after, { items: [], next: null, previous: null }],
    ["one on the way back", items(2, 3, 4), before, { items: items(3, 2), next: 2, previous: 3 }],
    ["the first again, on the way back", items(2, 3), before, { items: items(3, 2), next: 2, previous: null }],
    ["one before the start", [], before, { items: [], next: null, previous: null }],
    ["of an empty list", [], first, { items: [], next: null, previous: null }],
  ])("is %s", (_, read, request, page) => {
    expect(pageOf<{ id: number }, number>(read, request)).toEqual(page);
  });
});
