import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { findPostmaster, requestShutdown } from "./postmaster.ts";
import type { ServerAccount } from "./server-account.ts";

/**
 * The server's parent. It prints the server's process id and waits for the end of its input, which comes when the
 * starter closes it or dies, however it dies; then it stops the server. All in built-ins of the shell.
 */
const SUPERVISOR = `
  exec 3<&0 </dev/null
  "$@" >&2 3<&- &
  server=$!
  echo $server
  exec >/dev/null 2>&1
  trap "" HUP INT TERM
  while read -r _ <&3; do :; done
  kill -INT $server
  wait $server
`;

const LOG_LENGTH = 16_384;

export interface SupervisedServer {
  /** The end of what the server has written so far. */
  log(): string;
  /** Stops the server in order (a fast shutdown) and resolves when all its processes are gone. */
  stop(): Promise<void>;
  /** Resolves when all its processes are gone though nobody called `stop`; else never. */
  readonly lost: Promise<void>;
}

type Supervisor = ChildProcessByStdio<Writable, Readable, Readable>;

const collectLog = (supervisor: Supervisor): (() => string) => {
  let log = "";
  supervisor.stderr.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-LOG_LENGTH);
  });
  return () => log;
};

/** Whether this process stays alive for the server's sake. */
const hold = (supervisor: Supervisor, wanted: boolean): void => {
  const pipes = supervisor.stdio.filter((stream) => stream instanceof Socket);
  for (const handle of [supervisor, ...pipes]) wanted ? handle.ref() : handle.unref();
};

/**
 * Starts the server and waits until it accepts connections, through crash recovery if need be.
 * @throws Error with the server's own words when it ends before.
 */
export const superviseServer = async (
  dataDir: string,
  command: readonly string[],
  account: ServerAccount,
): Promise<SupervisedServer> => {
  const supervisor = spawn("/bin/sh", ["-c", SUPERVISOR, "embedded-postgres", ...command], {
    ...account,
    cwd: "/",
    env: { LC_ALL: "C" }, // not our own: it holds secrets, and PG* variables meant for clients
    stdio: ["pipe", "pipe", "pipe"],
    detached: true, // a Ctrl-C is for the app, which stops the server last
  });
  const log = collectLog(supervisor);
  let gone = false;
  const closed = once(supervisor, "close").then(() => {
    gone = true;
  });
  let wanted = true;
  const lost = new Promise<void>((resolve) => {
    closed.then(
      () => wanted && resolve(),
      () => {},
    );
  });
  supervisor.stdin.on("error", () => {}); // the supervisor was killed
  supervisor.stderr.once("end", () => supervisor.stdin.end()); // every process of the server has ended

  const [pid] = await Promise.race([once(supervisor.stdout.setEncoding("utf8"), "data"), closed.then(() => [0])]);
  const server = Number(pid);
  const stop = async (): Promise<void> => {
    wanted = false;
    hold(supervisor, true);
    const orphaned = !gone && (supervisor.exitCode !== null || supervisor.signalCode !== null);
    if (orphaned && findPostmaster(dataDir)?.pid === server) requestShutdown(server);
    supervisor.stdin.end();
    await closed;
  };

  for (;;) {
    if (gone) throw new Error(`PostgreSQL did not start in ${dataDir}:\n${log().trim()}`);
    const running = findPostmaster(dataDir);
    if (running?.pid === server && running.ready) {
      hold(supervisor, false);
      return { log, stop, lost };
    }
    await Promise.race([sleep(20), closed]);
  }
};
