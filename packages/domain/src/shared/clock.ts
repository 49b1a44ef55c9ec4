export interface Clock {
  /** Returns the current time in UTC, with millisecond resolution. */
  now(): Date;
}
