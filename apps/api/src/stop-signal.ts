const PARENT_CHECK_MS = 500;

/**
 * Calls `stop` once, on SIGTERM, SIGINT, or when npm is gone: npm hands SIGTERM only to its shell, which
 * dies and would leave this process behind. A second signal ends the process at once.
 */
export const onStopSignal = (startedByNpm: boolean, stop: (reason: string) => void): void => {
  let stopping = false;
  const once = (reason: string): void => {
    if (stopping) return;
    stopping = true;
    stop(reason);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      // A terminal's Ctrl-C reaches npm and this process: the second of two within a moment is an echo.
      if (stopping && process.uptime() - stoppedAt > 1) process.exit(1);
      if (!stopping) stoppedAt = process.uptime();
      once(signal);
    });
  }
  let stoppedAt = 0;
  if (!startedByNpm) return;
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && once("npm ended"), PARENT_CHECK_MS).unref();
};
