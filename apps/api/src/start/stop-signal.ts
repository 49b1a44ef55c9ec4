const PARENT_CHECK_MS = 500;

/**
 * Calls `stop` once: on SIGTERM, SIGINT, SIGHUP (its terminal was closed) or the end of npm. npm sends SIGTERM only to
 * its shell, which ends and leaves this process behind. A second SIGTERM or SIGINT ends the process at once. Returns a
 * function that calls `stop` for another reason, unless it was called before.
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
      // A terminal's Ctrl-C reaches npm and this process, so the signal can arrive twice within a second.
      if (stoppedAt !== undefined && process.uptime() - stoppedAt > 1) process.exit(1);
      once(signal);
    });
  }
  // A closed terminal can send SIGHUP twice, from the shell and from the system: the second one means nothing.
  process.on("SIGHUP", once);
  if (startedByNpm) {
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && once("npm ended"), PARENT_CHECK_MS).unref();
  }
  return once;
};
