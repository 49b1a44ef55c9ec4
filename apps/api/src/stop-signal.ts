const PARENT_CHECK_MS = 500;

/**
 * Calls `stop` once, on SIGTERM, SIGINT, SIGHUP (its terminal was closed), or when npm is gone: npm hands SIGTERM
 * only to its shell, which dies and would leave this process behind. A second SIGTERM or SIGINT ends the process at
 * once. Returns what calls `stop` for another reason, if nothing has called it yet.
 */
export const onStopSignal = (startedByNpm: boolean, stop: (reason: string) => void): ((reason: string) => void) => {
  let stoppedAt: number | undefined;
  const once = (reason: string): void => {
    if (stoppedAt !== undefined) return;
    stoppedAt = process.uptime();
    stop(reason);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      // A terminal's Ctrl-C reaches npm and this process: the second of two within a moment is an echo.
      if (stoppedAt !== undefined && process.uptime() - stoppedAt > 1) process.exit(1);
      once(signal);
    });
  }
  // Nobody sends a second one out of impatience: of a closed terminal the shell tells, and the system too.
  process.on("SIGHUP", once);
  if (startedByNpm) {
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && once("npm ended"), PARENT_CHECK_MS).unref();
  }
  return once;
};
