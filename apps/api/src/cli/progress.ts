import { Presets, SingleBar } from "cli-progress";

/** A progress bar on stderr where that is a terminal; elsewhere nothing, so that output stays clean. */
export const startProgress = (what: string, total: number): { advance(by: number): void; stop(): void } => {
  if (!process.stderr.isTTY) return { advance: () => {}, stop: () => {} };
  const bar = new SingleBar({ format: `${what} {bar} {value}/{total} ({eta_formatted} left)` }, Presets.rect);
  bar.start(total, 0);
  return { advance: (by) => bar.increment(by), stop: () => bar.stop() };
};
