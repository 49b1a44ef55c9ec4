import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { adminToken, JWT_SECRET } from "./admin-token.ts";
import { type ApiCaller, apiCaller } from "./api-caller.ts";
import { freePort } from "./free-port.ts";
import { MAIN } from "./run-program.ts";
import { watchForSecrets } from "./secrets.ts";

/** The load of a row comes from one client and one address, which would exceed the limits. */
const UNLIMITED = {
  RATE_LIMIT_ANONYMOUS_REQUESTS: "0",
  RATE_LIMIT_CLIENT_REQUESTS: "0",
  RATE_LIMIT_FAILED_AUTHENTICATIONS: "0",
};
const START_TIMEOUT_MS = 30_000;
const MAX_OUTPUT_CHARACTERS = 4_096;

/** The built service as a separate process on its own port, which it keeps after a restart. */
export interface ApiProcess extends ApiCaller {
  readonly url: string;
  isRunning(): boolean;
  /** Sends the signal and waits for the end. Returns the exit code, or null if the signal ended the process. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null>;
  /** Sends the signal and does not wait for its effect. */
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGUSR2"): void;
  /** Starts the ended process again and waits until it is ready. */
  restart(): Promise<void>;
  /** The last output. */
  output(): string;
}

const isReady = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(`${url}/readyz`, { headers: { connection: "close" } });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
};

/** Resolves when the service is ready. The caller must end it. The row fails if the process writes a secret. */
export const startApi = async (
  databaseUrl: string,
  variables: Record<string, string> = {},
  onOutput: (text: string) => void = () => {},
): Promise<ApiProcess> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess;
  let output = "";
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const start = async (): Promise<void> => {
    const { PATH = "" } = process.env;
    const settings = {
      DATABASE_URL: databaseUrl,
      JWT_SECRET,
      PORT: String(port),
      LOG_LEVEL: "warn",
      ...UNLIMITED,
      ...variables,
    };
    child = spawn(process.execPath, [MAIN], { env: { PATH, ...settings }, stdio: ["ignore", "pipe", "pipe"] });
    watchForSecrets(child.stdout, child.stderr);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (data: Buffer) => {
        output = (output + data).slice(-MAX_OUTPUT_CHARACTERS);
        onOutput(data.toString());
      });
    }
    for (const deadline = Date.now() + START_TIMEOUT_MS; !(await isReady(url)); await sleep(10)) {
      if (!isRunning() || Date.now() > deadline) {
        child.kill("SIGKILL");
        throw new Error(`The service did not start (exit code ${child.exitCode}):\n${output}`);
      }
    }
  };
  await start();
  return {
    ...apiCaller(url, adminToken),
    url,
    isRunning,
    end: async (signal) => {
      if (!isRunning()) return child.exitCode;
      const exit = once(child, "exit");
      child.kill(signal);
      return (await exit)[0];
    },
    signal: (signal) => child.kill(signal),
    restart: start,
    output: () => output,
  };
};
