import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { CANARY, formsOf } from "../../../scripts/find-secrets.mjs";
import { logEmbedded, searchEmbeddedLog } from "../../../test/support/embedded-log.ts";
import { lookForSecrets } from "../../../test/support/secrets.ts";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const shell = promisify(execFile);

let directory: string;
/** The output of all starts. */
let written = "";
let service: ChildProcess | undefined;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "payments-start-"));
  // When the tests run as root, PostgreSQL runs as another user.
  await chmod(directory, 0o755);
});
afterAll(async () => {
  service?.kill("SIGKILL");
  await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 });
});

/** Starts the service as `npm start` does, in its own directory. Resolves with its output up to the end of the greeting. */
const start = (variables: Record<string, string> = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const { PATH = "" } = process.env;
    const child = spawn(process.execPath, [MAIN], { cwd: directory, env: { PATH, PORT: "0", ...variables } });
    service = child;
    let output = "";
    const read = (data: Buffer) => {
      output += data;
      if (/"paymentMethod":"pm_card_visa"}'\n/.test(output)) resolve(output);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("close", (code) => {
      lookForSecrets(output);
      written += output;
      reject(new Error(`exit code ${code}:\n${output}`));
    });
  });

const stop = async (signal: NodeJS.Signals): Promise<number | null> => {
  service?.kill(signal);
  const [code] = await once(service as ChildProcess, "close");
  return code;
};

/** Runs the commands of the greeting. Returns the API key and the payment that they created. */
const paste = async (greeting: string): Promise<readonly [apiKey: string, payment: unknown]> => {
  const commands = greeting.split("\n").filter((line) => line.startsWith("  "));
  const { stdout, stderr } = await shell("bash", ["-c", commands.join("\n")], { cwd: directory });
  lookForSecrets(stderr);
  const [apiKey = "", answer = ""] = stdout.trim().split("\n");
  return [apiKey, JSON.parse(answer)];
};

/** The secrets that the first start generated. */
const madeUp = async (): Promise<string[]> =>
  Promise.all(
    ["jwt-secret", "encryption-key", "postgres.password"].map(async (file) =>
      (await readFile(join(directory, ".data", file), "utf8")).trim(),
    ),
  );

it("starts an embedded database in an empty folder, and the printed commands work when pasted", async () => {
  const greeted = await start();
  const lines = greeted.split("\n").filter((line) => !line.startsWith("{"));
  expect(lines.filter((line) => line.length > 80 && !line.includes("cli/main.js"))).toEqual([]);
  const [apiKey, payment] = await paste(greeted);
  expect(apiKey).toMatch(/^pak_test_[0-9A-Za-z]{49}$/);
  expect(payment).toMatchObject({ amount: 1250, currency: "EUR", status: "succeeded" });
  if (process.platform === "linux") {
    // The process restarted itself with V8's flags and kept its id.
    expect(await readFile(`/proc/${service?.pid}/cmdline`, "utf8")).toContain("--heap-growing-percent=25");
  }
  for (const file of ["jwt-secret", "encryption-key"]) {
    expect((await stat(join(directory, ".data", file))).mode & 0o777).toBe(0o600);
  }

  // A second service on the same data reports that, and what to do.
  const [first, second] = [service, start()];
  await expect(second).rejects.toThrow(
    /exit code 1:\nThe embedded PostgreSQL could not be started: [^\n]+already running[^\n]+\n[^\n]+listens on http:\/\/127\.0\.0\.1:\d+: use that one[^\n]+set DATABASE_URL\.\n*$/,
  );
  service = first;

  // Acknowledged payments survive a kill, and the next start needs no repair.
  await stop("SIGKILL");
  await logEmbedded(directory);
  const greeting = await start();
  const [, url] = /(http:\S+)\/payments\/create/.exec(greeting) ?? [];
  const list = await fetch(`${url}/payments`, { headers: { "x-api-key": apiKey, connection: "close" } });
  expect(await list.json()).toMatchObject({ data: [payment] });
  await paste(greeting);
  expect(await stop("SIGTERM")).toBe(0);

  const log = await searchEmbeddedLog(directory);
  expect(log).toMatch(/insert into .?clients/i);
  for (const secret of await madeUp()) {
    expect(formsOf(secret).filter((form) => (written + log).includes(form))).toEqual([]);
  }
}, 60_000);

it("reports that its database was killed, and ends, so that its supervisor starts both again", async () => {
  await start();
  let log = "";
  service?.stdout?.on("data", (data) => {
    log += data;
  });
  const end = once(service as ChildProcess, "close");
  const [postmaster] = (await readFile(join(directory, ".data", "postgres", "postmaster.pid"), "utf8")).split("\n");
  process.kill(Number(postmaster), "SIGKILL");
  expect(await end).toEqual([1, null]);
  const [told] = log.split("\n").filter((line) => line.includes('"level":50'));
  expect(JSON.parse(told ?? "{}").msg).toMatch(/^the embedded PostgreSQL has ended, .*start it again/);
  await start();
  expect(await stop("SIGTERM")).toBe(0);
  await searchEmbeddedLog(directory);
}, 60_000);

it("reports every fault of its configuration, and starts nothing", async () => {
  const refused = start({ PORT: "x", JWT_SECRET: CANARY, DATABASE_URL: "mysql://db" });
  await expect(refused).rejects.toThrow(/exit code 3:.*PORT must.*DATABASE_URL must.*JWT_SECRET must/s);
});

it("needs a secret with a real database, and generates none", async () => {
  await expect(start({ DATABASE_URL: "postgres://app@127.0.0.1:1/none" })).rejects.toThrow(/JWT_SECRET is missing/);
});
