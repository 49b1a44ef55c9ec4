import { spawn } from "node:child_process";
import { once } from "node:events";
import { setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { expect } from "@jest/globals";
import { clientOf } from "./client-of.ts";

const PAYMENTS = 100;
const REQUESTS_PER_CONNECTION = 32;
const LOWEST_PRIORITY = 19;
const PROGRAM = fileURLToPath(new URL("unread-callers.ts", import.meta.url));

/** The largest that fits into a request: 50 values of 500 characters, of two bytes each. */
const METADATA = Object.fromEntries(
  Array.from({ length: 50 }, (_, index) => [`${index}`.padStart(40, "n"), "ж".repeat(500)]),
);

/** Stores a page of payments that are as large as a request allows. */
export const createLargePayments = async (url: string, apiKey: string): Promise<void> => {
  const client = clientOf(url, { apiKey }, 4);
  const body = { amount: 1, currency: "EUR", metadata: METADATA };
  const created = await Promise.all(
    Array.from({ length: PAYMENTS }, () => client.request("/payments/create", { method: "POST", body })),
  );
  client.close();
  expect(created.filter(({ status }) => status !== 201)).toEqual([]);
};

export interface UnreadCallers {
  /** Resolves when all connections are opened. */
  readonly opened: Promise<unknown>;
  end(): Promise<void>;
}

/**
 * Opens connections at an even rate in a process of its own, asks for pages on each and reads nothing. The process has the
 * lowest priority: on a machine of its own it would take no CPU from the service.
 */
export const startUnreadCallers = (
  url: string,
  apiKey: string,
  { connections, withinMs }: { readonly connections: number; readonly withinMs: number },
): UnreadCallers => {
  const env = {
    URL_OF_API: url,
    API_KEY: apiKey,
    PATH_OF_PAGE: `/payments?limit=${PAYMENTS}`,
    REQUESTS: String(REQUESTS_PER_CONNECTION),
    CONNECTIONS: String(connections),
    WITHIN_MS: String(withinMs),
  };
  const child = spawn(process.execPath, [PROGRAM], { env, stdio: ["ignore", "pipe", "inherit"] });
  setPriority(child.pid as number, LOWEST_PRIORITY);
  const exit = once(child, "exit");
  const failed = exit.then(([code]) => {
    throw new Error(`the unread callers ended with code ${code}`);
  });
  failed.catch(() => {});
  return {
    opened: Promise.race([once(child.stdout, "data"), failed]),
    end: async () => {
      child.kill("SIGKILL");
      await exit;
    },
  };
};
