import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A port on which nobody listens at this moment. */
export const freePort = async () => {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
};

const PATIENCE_MS = 60_000;
const POLL_MS = 3;

/** Whether somebody listens on the port. */
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

/** Whether the service on the port says that it is ready. */
export const isReady = async (port) => {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
  await response?.arrayBuffer();
  return response?.ok === true;
};

/** Resolves when the test holds; rejects when the process has ended before. */
export const until = async (test, child) => {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    if (await test()) return;
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(" ")} ended with exit code ${child.exitCode}`);
  }
  throw new Error(`${child.spawnargs.join(" ")} was not ready within ${PATIENCE_MS} ms`);
};

/**
 * Starts a Node program that listens on the PORT it is given, and waits until it does, or until `ready` holds. What it
 * prints goes to /dev/null, its errors to the terminal.
 *
 * @param {{ program: string, environment?: Record<string, string>, nodeArguments?: string[],
 *   ready?: (port: number) => Promise<boolean> }} what
 */
export const startServer = async ({ program, environment = {}, nodeArguments = [], ready = listens }) => {
  const port = await freePort();
  const began = performance.now();
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
    readyAfterMs: performance.now() - began,
    async stop() {
      process.off("exit", kill);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
};
