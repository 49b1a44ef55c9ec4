/** `warning`: it works, but not as it should in production. `fault`: payments may fail or be lost. */
export type Status = "ok" | "warning" | "fault" | "skipped";

/** What the doctor found in one place. */
export interface Check {
  readonly check: string;
  readonly status: Status;
  readonly finding: string;
  /** What to do about it; null where nothing is to be done. */
  readonly advice: string | null;
}

export const ok = (check: string, finding: string): Check => ({ check, status: "ok", finding, advice: null });

export const warning = (check: string, finding: string, advice: string): Check => ({
  check,
  status: "warning",
  finding,
  advice,
});

export const fault = (check: string, finding: string, advice: string): Check => ({
  check,
  status: "fault",
  finding,
  advice,
});

export const skipped = (check: string, finding: string): Check => ({ check, status: "skipped", finding, advice: null });
