import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ALL_SECTIONS, describeConfig, readConfig } from "@payments/api";
import { parse } from "yaml";
import { withSecretFiles } from "../apps/api/src/config/environment.ts";
import { ROOT } from "./architecture/workspace.ts";
import { itUnless, missingProgram } from "./support/unless.ts";

const { api } = parse(readFileSync(join(ROOT, "compose.yaml"), "utf8"), { merge: true }).services;

let folder: string;
const makeSecrets = () => {
  const script = join(folder, "deploy/compose/make-secrets.sh");
  return spawnSync("sh", [script], { encoding: "utf8" });
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "compose-"));
  for (const path of ["compose.yaml", "deploy", "docs/reference"]) {
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  }
  expect(makeSecrets()).toMatchObject({ status: 0, stderr: "" });
});
afterAll(() => rmSync(folder, { recursive: true }));

const settings = (): Record<string, string> => {
  const lines = readFileSync(join(folder, "secrets/payments.env"), "utf8").matchAll(/^(\w+)=(.*)$/gm);
  return Object.fromEntries([...lines].map(([, name, value]) => [name, value]));
};

describe("compose.yaml", () => {
  it("passes every documented setting, except those that the containers decide", () => {
    expect(api.env_file).toEqual(["./secrets/payments.env"]);
    const text = readFileSync(join(folder, "secrets/payments.env"), "utf8");
    for (const { name } of describeConfig()) expect(text).toMatch(new RegExp(`^#?${name}=`, "m"));
    // These override the file.
    expect(Object.keys(api.environment)).toEqual([
      "DATABASE_URL_FILE",
      "MIGRATE_ON_START",
      "HOST",
      "PORT",
      "METRICS_PORT",
    ]);
  });

  it("starts the service with a secret, a pepper and an encryption key of its own", () => {
    const environment = { ...api.environment, ...settings() };
    const inFolder = Object.entries<string>(environment).map(([name, value]) => [name, value.replace("/run", folder)]);
    const config = readConfig(withSecretFiles(Object.fromEntries(inFolder)), ALL_SECTIONS);
    expect(config.encryption.keys).toHaveLength(1);
    expect(config.apiKeys.peppers).toHaveLength(1);
    const mounted = Object.values<string>(environment).filter((value) => value.startsWith("/run/secrets/"));
    expect(mounted.map((path) => path.replace("/run/secrets/", "")).sort()).toEqual([...api.secrets].sort());
  });

  it("keeps the secrets and settings that exist", () => {
    const secrets = join(folder, "secrets");
    const read = () => readdirSync(secrets).map((name) => [name, readFileSync(join(secrets, name), "utf8")]);
    const before = read();
    expect(makeSecrets()).toMatchObject({ status: 0, stdout: "" });
    expect(read()).toEqual(before);
    expect(statSync(secrets).mode & 0o777).toBe(0o700);
  });

  const compose = missingProgram("docker-compose") === undefined ? ["docker-compose"] : ["docker", "compose"];
  const isMissing = spawnSync(compose[0] ?? "", [...compose.slice(1), "version"]).status !== 0;
  itUnless(isMissing ? "Compose is not installed" : undefined)("is valid for the installed Compose", () => {
    const [command = "", ...args] = compose;
    const { status, stdout, stderr } = spawnSync(command, [...args, "config"], { cwd: folder, encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
    const { services, secrets } = parse(stdout);
    expect(services.api.environment).toMatchObject({ METRICS_PORT: "9464", ...settings() });
    for (const { file } of Object.values<{ file: string }>(secrets)) expect(existsSync(file)).toBe(true);
  });
});
