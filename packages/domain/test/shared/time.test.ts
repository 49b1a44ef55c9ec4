import { describe, expect, it } from "@jest/globals";
import { parseTime } from "@payments/domain";
import { expectError, expectOk } from "@payments/domain/testing";

describe("a time", () => {
  it.each([
    ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"],
    ["2028-02-29T23:30:00.5-01:00", "2028-03-01T00:30:00.500Z"],
  ])("%s is %s", (raw, time) => {
    expect(expectOk(parseTime(raw)).toISOString()).toBe(time);
  });

  it.each([
    "",
    "2026-01-02",
    "2026-01-02T03:04:05",
    "2026-13-01T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-02-30T00:00:00Z",
    "2027-02-29T12:00:00+02:00",
  ])("can't be %j", (raw) => {
    expect(expectError(parseTime(raw)).detail).toBe("must be a time such as 2026-01-02T03:04:05Z");
  });
});
