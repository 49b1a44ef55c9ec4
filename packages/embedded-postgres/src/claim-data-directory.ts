import { setTimeout as sleep } from "node:timers/promises";
import { commandOf, disownPidFile, findPostmaster, requestShutdown } from "./postmaster.ts";

/** A fast shutdown writes a checkpoint, which takes its time on a slow disk. */
const SHUTDOWN_TIMEOUT_MS = 60_000;

const TURN_TIMEOUT_MS = 30_000;

/**
 * Waits until no server runs in the data directory. One whose starter was killed is stopping already; it is told
 * once more, in case its supervisor was killed too. One that its starter keeps to itself, or that is just starting or
 * stopping, is waited for up to 30 seconds.
 * @throws Error when the server there is a living process's to share, or was started without this package, or is not
 * gone in time.
 */
export const claimDataDirectory = async (dataDir: string): Promise<void> => {
  let told: number | undefined;
  for (const start = Date.now(); ; await sleep(50)) {
    const server = findPostmaster(dataDir);
    if (!server) return disownPidFile(dataDir);
    const { pid, starter } = server;
    const waited = Date.now() - start;
    if (starter === undefined || commandOf(starter) !== undefined) {
      const by = starter === undefined ? "" : `, started by process ${starter}`;
      if (server.shared && server.ready)
        throw new Error(`PostgreSQL (process ${pid}${by}) is already running in ${dataDir}`);
      if (waited > TURN_TIMEOUT_MS) {
        throw new Error(
          `PostgreSQL (process ${pid}${by}) is in use in ${dataDir}: wait for that process to end, or stop it`,
        );
      }
      continue;
    }
    if (waited > SHUTDOWN_TIMEOUT_MS) throw new Error(`PostgreSQL (process ${pid}) in ${dataDir} does not stop`);
    if (told !== pid) requestShutdown(pid);
    told = pid;
  }
};
