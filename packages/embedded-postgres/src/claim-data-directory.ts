import { setTimeout as sleep } from "node:timers/promises";
import { commandOf, disownPidFile, findPostmaster, requestShutdown } from "./postmaster.ts";

/** A fast shutdown writes a checkpoint, which takes its time on a slow disk. */
const SHUTDOWN_TIMEOUT_MS = 60_000;

/**
 * Waits until no server runs in the data directory. One whose starter was killed is stopping already; it is told
 * once more, in case its supervisor was killed too.
 * @throws Error when the server there belongs to a living process, or to somebody who did not use this package.
 */
export const claimDataDirectory = async (dataDir: string): Promise<void> => {
  let told: number | undefined;
  for (const deadline = Date.now() + SHUTDOWN_TIMEOUT_MS; ; await sleep(20)) {
    const server = findPostmaster(dataDir);
    if (!server) return disownPidFile(dataDir);
    const { pid, starter } = server;
    if (starter === undefined || commandOf(starter) !== undefined) {
      const by = starter === undefined ? "" : `, started by process ${starter}`;
      throw new Error(`PostgreSQL (process ${pid}${by}) is already running in ${dataDir}`);
    }
    if (Date.now() > deadline) throw new Error(`PostgreSQL (process ${pid}) in ${dataDir} does not stop`);
    if (told !== pid) requestShutdown(pid);
    told = pid;
  }
};
