/** `warning`: works, but is not fit for production. `fault`: payments may fail or be lost. */
export type Status = "ok" | "warning" | "fault" | "skipped";

export interface Check {
  readonly check: string;
  readonly status: Status;
  readonly finding: string;
  /** What the operator should do; null where nothing is to do. */
  readonly advice: string | null;
}

const check =
  (status: Status) =>
  (name: string, finding: string, advice: string | null = null): Check => ({ check: name, status, finding, advice });

export const ok: (name: string, finding: string) => Check = check("ok");
export const skipped: (name: string, finding: string) => Check = check("skipped");
export const warning: (name: string, finding: string, advice: string) => Check = check("warning");
export const fault: (name: string, finding: string, advice: string) => Check = check("fault");
