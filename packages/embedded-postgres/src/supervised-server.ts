import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { findPostmaster, requestShutdown } from "./postmaster.ts";
import type { ServerUser } from "./server-user.ts";

/**
 * The server's parent process. It prints the server's process id and reads its input to the end. The input ends when the
 * starter closes it or dies, and the supervisor then stops the server. It uses only built-ins of the shell.
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

const MAX_LOG_CHARACTERS = 16_384;

export interface SupervisedServer {
  /** The end of the server's log. */
  log(): string;
  /** Stops the server (fast shutdown) and resolves when all its processes have ended. */
  stop(): Promise<void>;
  /** Resolves if all its processes end before `stop` is called. */
  readonly lost: Promise<void>;
}

type Supervisor = ChildProcessByStdio<Writable, Readable, Readable>;

const collectLog = (supervisor: Supervisor): (() => string) => {
  let log = "";
  supervisor.stderr.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-MAX_LOG_CHARACTERS);
  });
  return () => log;
};

/** Sets whether the running server keeps this process alive. */
const keepAlive = (supervisor: Supervisor, wanted: boolean): void => {
  const pipes = supervisor.stdio.filter((stream) => stream instanceof Socket);
  for (const handle of [supervisor, ...pipes]) wanted ? handle.ref() : handle.unref();
};

/**
 * Starts the server and waits, also during crash recovery, until it accepts connections.
 * @throws Error with the server's log if it ends before that.
 */
export const superviseServer = async (
  dataDir: string,
  command: readonly string[],
  user: ServerUser,
): Promise<SupervisedServer> => {
  const supervisor = spawn("/bin/sh", ["-c", SUPERVISOR, "embedded-postgres", ...command], {
    ...user,
    cwd: "/",
    env: { LC_ALL: "C" }, // our own has secrets and PG* variables for clients
    stdio: ["pipe", "pipe", "pipe"],
    detached: true, // Ctrl-C must reach only the app, which stops the server last
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
  supervisor.stderr.once("end", () => supervisor.stdin.end()); // all processes of the server have ended

  const [pid] = await Promise.race([once(supervisor.stdout.setEncoding("utf8"), "data"), closed.then(() => [0])]);
  const server = Number(pid);
  const stop = async (): Promise<void> => {
    wanted = false;
    keepAlive(supervisor, true);
    const orphaned = !gone && (supervisor.exitCode !== null || supervisor.signalCode !== null);
    if (orphaned && findPostmaster(dataDir)?.pid === server) requestShutdown(server);
    supervisor.stdin.end();
    await closed;
  };

  for (;;) {
    if (gone) throw new Error(`PostgreSQL did not start in ${dataDir}:\n${log().trim()}`);
    const running = findPostmaster(dataDir);
    if (running?.pid === server && running.ready) {
      keepAlive(supervisor, false);
      return { log, stop, lost };
    }
    await Promise.race([sleep(20), closed]);
  }
};
