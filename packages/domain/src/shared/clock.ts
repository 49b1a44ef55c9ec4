export interface Clock {
  /** The current time, in UTC, with millisecond resolution. */
  now(): Date;
}
