import { ok, type Result } from "neverthrow";
import { type InvalidValue, invalidValue } from "./invalid-value.ts";

export interface Clock {
  /** Returns the current time in UTC, with millisecond resolution. */
  now(): Date;
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T(?!24)\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** `Date` reads February 30 as March 2. */
const isRealDay = (day: string): boolean => new Date(day).toISOString().startsWith(day);

/** Accepts a time of RFC 3339 with its offset, to the millisecond. `Date` also reads 24:00, which RFC 3339 excludes. */
export const parseTime = (raw: string): Result<Date, InvalidValue> => {
  const time = new Date(raw);
  return RFC_3339.test(raw) && Number.isFinite(time.getTime()) && isRealDay(raw.slice(0, 10))
    ? ok(time)
    : invalidValue("must be a time such as 2026-01-02T03:04:05Z");
};
