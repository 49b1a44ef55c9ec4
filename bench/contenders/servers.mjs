import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { FAKE_SECRET_KEYS, FAKE_WEBHOOK_SECRETS } from "@payments/adapters-stripe/testing";

/** A port that is free at this moment. */
export const freePort = async () => {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
};

const START_TIMEOUT_MS = 60_000;
const POLL_INTERVAL_MS = 3;

/** Whether a process listens on the port. */
export const listens = async (port) => {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};

/** Whether `/readyz` of the service on the port is 200. */
export const isReady = async (port) => {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
  await response?.arrayBuffer();
  return response?.ok === true;
};

/** Resolves when the test is true. Rejects if the process ends before that. */
export const until = async (test, child) => {
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await sleep(POLL_INTERVAL_MS)) {
    if (await test()) return;
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(" ")} ended with exit code ${child.exitCode}`);
  }
  throw new Error(`${child.spawnargs.join(" ")} was not ready within ${START_TIMEOUT_MS} ms`);
};

/**
 * Starts a Node program with a free PORT and waits until it listens there, or until `ready` is true. Its stdout is
 * discarded and its stderr goes to the terminal.
 *
 * @param {{ program: string, environment?: Record<string, string>, nodeArguments?: string[],
 *   ready?: (port: number) => Promise<boolean> }} what
 */
export const startServer = async ({ program, environment = {}, nodeArguments = [], ready = listens }) => {
  const port = await freePort();
  const startedAtMs = performance.now();
  const child = spawn(process.execPath, [...nodeArguments, program], {
    env: { PATH: process.env.PATH, PORT: String(port), ...environment },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  await until(() => ready(port), child);
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid,
    readyAfterMs: performance.now() - startedAtMs,
    async stop() {
      process.off("exit", kill);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
};

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** The required variables; all others keep their defaults. */
const apiEnvironment = (databaseUrl) => ({
  DATABASE_URL: databaseUrl,
  JWT_SECRET: "a secret of the benchmark, not used elsewhere",
});

/** For loads of a single client or of no client, which would exceed the limits. */
export const WITHOUT_LIMITS = { RATE_LIMIT_CLIENT_REQUESTS: "0", RATE_LIMIT_FAILED_AUTHENTICATIONS: "0" };

/** The API as it ships: its program sets V8's flags itself. */
export const startApi = (databaseUrl, { nodeArguments = [], environment = {} } = {}) =>
  startServer({
    program: path("../../apps/api/dist/main.js"),
    environment: { ...apiEnvironment(databaseUrl), ...environment },
    nodeArguments,
    ready: isReady,
  });

export const startBareKoa = () => startServer({ program: path("./bare-koa-server.mjs") });

export const startBaseline = (databaseUrl) =>
  startServer({ program: path("./baseline-server.mjs"), environment: { DATABASE_URL: databaseUrl } });

/** The fake of Stripe, which answers after this time. `forget` empties it. */
export const startStripe = async (latencyMs) => {
  const server = await startServer({ program: path("./stripe-server.mjs") });
  const order = async (change) => {
    const response = await fetch(`${server.url}/_control`, { method: "POST", body: JSON.stringify(change) });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`the fake of Stripe answered with ${response.status}`);
  };
  await order({ latencyMs });
  return { ...server, forget: () => order({ forget: true }) };
};

/** Charges test clients through this server. */
export const stripeEnvironment = ({ url }) => ({
  STRIPE_TEST_SECRET_KEY: FAKE_SECRET_KEYS.test,
  STRIPE_WEBHOOK_SECRET: FAKE_WEBHOOK_SECRETS.platform,
  STRIPE_CONNECT_WEBHOOK_SECRET: FAKE_WEBHOOK_SECRETS.connect,
  STRIPE_API_BASE: url,
});

export const startBareStripe = (stripe) =>
  startServer({ program: path("./bare-stripe-server.mjs"), environment: stripeEnvironment(stripe) });
