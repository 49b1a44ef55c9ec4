import { Presets, SingleBar } from "cli-progress";

export interface Progress {
  advance(by: number): void;
  stop(): void;
}

const INVISIBLE: Progress = { advance: () => {}, stop: () => {} };

/**
 * A progress bar on stderr if that is a terminal; nothing elsewhere, so that output stays clean. `count` gives the total:
 * no bar for 0. It is called only for a visible bar, and may fail: the bar then shows no total.
 */
export const startProgress = async (
  what: string,
  count: () => Promise<number>,
  isVisible = true,
): Promise<Progress> => {
  if (!process.stderr.isTTY || !isVisible) return INVISIBLE;
  const total = await count().catch(() => null);
  if (total === 0) return INVISIBLE;
  const format = total === null ? `${what}: {value}` : `${what} {bar} {value}/{total} ({eta_formatted} left)`;
  const bar = new SingleBar({ format }, Presets.rect);
  bar.start(total ?? 0, 0);
  return { advance: (by) => bar.increment(by), stop: () => bar.stop() };
};
