import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { JWT_SECRET } from "../../../test/support/admin-token.ts";
import { MAIN } from "../../../test/support/run-program.ts";
import { watchForSecrets } from "../../../test/support/secrets.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService } from "../../../test/support/test-service.ts";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";
import { itUnless } from "../../../test/support/unless.ts";
import { noTerminal } from "./support/run-on-terminal.ts";

const using = undoAfterEach();

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** An open connection after one response, as a proxy keeps it. */
const keepConnection = async (serviceUrl: string) => {
  const { hostname, port } = new URL(serviceUrl);
  const socket = connect(Number(port), hostname);
  const ask = () => socket.write(`GET /livez HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
  ask();
  const [first] = await once(socket, "data");
  expect(String(first)).toMatch(/^HTTP\/1\.1 200 /);
  return { socket, ask };
};

interface ServiceProcess {
  readonly url: string;
  /** The id of the service's own process, not of npm. */
  readonly pid: number;
  /** Resolves once the output matches. */
  printed(pattern: RegExp): Promise<void>;
}

/** Starts a command that runs the service and prints its process id first. Resolves once the service listens. */
const listening = async (child: ChildProcess): Promise<ServiceProcess> => {
  watchForSecrets(child.stdout, child.stderr);
  let output = "";
  child.stdout?.on("data", (data) => {
    output += data;
  });
  const printed = async (pattern: RegExp) => {
    while (!pattern.test(output)) {
      if (child.exitCode !== null) throw new Error(`exit code ${child.exitCode}:\n${output}`);
      await once(child.stdout as NonNullable<typeof child.stdout>, "data");
    }
  };
  await printed(/http:[^"]+"/);
  const [, url = ""] = /(http:[^"]+)"/.exec(output) ?? [];
  const pid = Number(/pid=(\d+)/.exec(output)?.[1]);
  return { url, pid, printed };
};

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const SHELL_COMMAND = `echo pid=$$; exec '${process.execPath}' '${MAIN}'`;

const spawnUnder = async (program: string, args: readonly string[]) => {
  const { PATH = "" } = process.env;
  const env = { PATH, TERM: "xterm", SHELL: "/bin/sh", DATABASE_URL: database.url, JWT_SECRET, PORT: "0" };
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const service = using(await listening(child), ({ pid }) => isRunning(pid) && process.kill(pid, "SIGKILL"));
  return { child, service };
};

/** Sends half of a request, runs `between` and sends the rest. Resolves with the response. */
const answerAround = async (serviceUrl: string, between: () => Promise<void>): Promise<string> => {
  const { hostname, port } = new URL(serviceUrl);
  const socket = connect(Number(port), hostname);
  socket.write(`GET /livez HTTP/1.1\r\nHost: ${hostname}\r\n`);
  await once(socket, "connect");
  await between();
  socket.write("\r\n");
  let answer = "";
  for await (const part of socket) answer += part;
  return answer;
};

describe("a process that receives a signal", () => {
  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "responds to requests in flight after %s, and ends with code 0",
    async (signal) => {
      const { child, service } = await spawnUnder("/bin/sh", ["-c", SHELL_COMMAND]);
      const exit = once(child, "exit");
      const answer = await answerAround(service.url, async () => {
        child.kill(signal);
        await service.printed(new RegExp(`"reason":"${signal}"`));
      });
      expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\nConnection: close\r\n/);
      expect(await exit).toEqual([0, null]);
    },
  );

  itUnless(noTerminal)(
    "by closing its terminal (of util-linux's script) answers what has begun, and ends",
    async () => {
      const { child, service } = await spawnUnder("script", ["-qec", SHELL_COMMAND, "/dev/null"]);
      const answer = await answerAround(service.url, async () => {
        child.kill("SIGKILL");
        await once(child, "exit");
        while (
          await fetch(`${service.url}/livez`, { headers: { connection: "close" } }).then(
            () => true,
            () => false,
          )
        );
      });
      expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\nConnection: close\r\n/);
      while (isRunning(service.pid)) await sleep(20);
    },
  );
});

describe("a stopping service", () => {
  it("responds to a request that a proxy has just sent on an open connection, and closes the connection", async () => {
    const service = await startService(database.url);
    const { socket, ask } = await keepConnection(service.url);
    const stopped = service.stop();
    ask();
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\nConnection: close\r\n/);
    await once(socket, "close");
    await stopped;
  });

  it("stores no pipelined payment without a response", async () => {
    const service = await startService(database.url);
    const client = await service.createClient();
    const body = '{"amount":1250,"currency":"EUR"}';
    const head = `POST /payments/create HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nx-api-key: ${client.apiKey}`;
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname).setEncoding("latin1");
    socket.write(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`.repeat(2_000));
    let responses = "";
    socket.on("data", (data: string) => {
      responses += data;
    });
    await once(socket, "data");
    const stopped = service.stop();
    await once(socket, "close");
    await stopped;
    const statuses = responses.match(/HTTP\/1\.1 \d{3}/g) ?? [];
    expect(new Set(statuses)).toEqual(new Set(["HTTP/1.1 201"]));
    expect(statuses.length).toBeLessThan(2_000);
    expect(responses.match(/^Connection: close\r$/gm)).toHaveLength(1);
    const [stored] = await database.knex("payments").where({ client_id: client.id }).count("* as count");
    expect(Number(stored?.["count"])).toBe(statuses.length);
  });

  it("accepts no new connection, and closes idle ones", async () => {
    const service = await startService(database.url);
    const { socket } = await keepConnection(service.url);
    const stopped = service.stop();
    await expect(fetch(`${service.url}/livez`)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
    expect(socket.readyState).toBe("open");
    await once(socket.resume(), "close");
    await stopped;
  });
});
