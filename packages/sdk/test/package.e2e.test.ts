import { execFileSync, spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const PACKAGE = join(import.meta.dirname, "..");
const ROOT = join(PACKAGE, "../..");
const NPM = { ...process.env, npm_config_loglevel: "error", npm_config_update_notifier: "false" };
const installed = (project: string, ...path: string[]) => join(project, "node_modules/@payments/sdk", ...path);

/** Packs a copy without dist/, so that the test neither needs nor changes the build of this folder. */
const pack = async (folder: string): Promise<string> => {
  const copy = join(folder, "packages/sdk");
  await mkdir(copy, { recursive: true });
  for (const name of ["scripts", "node_modules", "tsconfig.base.json"])
    await symlink(join(ROOT, name), join(folder, name));
  for (const name of await readdir(PACKAGE)) {
    if (name === "node_modules") await symlink(join(PACKAGE, name), join(copy, name));
    else if (name !== "dist") await cp(join(PACKAGE, name), join(copy, name), { recursive: true });
  }
  execFileSync("npm", ["pack", "./packages/sdk"], { cwd: folder, env: NPM });
  return join(folder, "payments-sdk-0.1.0.tgz");
};

describe("The package of the SDK", () => {
  let folder: string;
  let tarball: string;
  let project: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "payments-sdk-"));
    tarball = await pack(join(folder, "repository"));
    project = join(folder, "project");
    await mkdir(installed(project), { recursive: true });
    execFileSync("tar", ["-xzf", tarball, "-C", installed(project), "--strip-components=1"]);
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const run = (...args: string[]) => spawnSync(process.execPath, args, { cwd: project, encoding: "utf8" });

  it("contains code, types, sources and the license, and no tests", async () => {
    const files = await readdir(installed(project), { recursive: true });
    expect(files).toEqual(
      expect.arrayContaining(["LICENSE", "README.md", "dist/index.js", "dist/index.d.ts", "dist/cjs/index.js"]),
    );
    expect(files.filter((file) => /^(test|scripts)|\.tsbuildinfo$/.test(file))).toEqual([]);
    expect(await readFile(installed(project, "LICENSE"), "utf8")).toBe(await readFile(join(ROOT, "LICENSE"), "utf8"));
  });

  it("has a source file for every source map", async () => {
    const files = await readdir(installed(project), { recursive: true });
    const maps = files.filter((file) => file.endsWith(".map"));
    expect(maps.length).toBeGreaterThan(20);
    for (const map of maps) {
      const { sources } = JSON.parse(await readFile(installed(project, map), "utf8"));
      for (const source of sources) expect(files).toContain(join(dirname(map), source));
    }
  });

  it.each([
    ["import", "input.mjs", 'import { PaymentsClient } from "@payments/sdk";'],
    ["require", "input.cjs", 'const { PaymentsClient } = require("@payments/sdk");'],
  ])("loads with %s, and its stack traces name the TypeScript source", async (_, file, line) => {
    await writeFile(
      join(project, file),
      `${line}\nnew PaymentsClient({ baseUrl: "https://x.example", apiKey: "" });\n`,
    );
    const { stderr } = run("--enable-source-maps", file);
    expect(stderr).toContain("TypeError: apiKey must be a string of visible ASCII characters");
    expect(stderr).toMatch(/src\/connection\.ts:\d+/);
  });

  it("has types under every common moduleResolution (attw)", () => {
    const attw = join(PACKAGE, "node_modules/@arethetypeswrong/cli/dist/index.js");
    const { status, stdout, stderr } = run(attw, tarball, "--no-color", "--no-emoji");
    expect([status, stdout + stderr]).toEqual([0, expect.stringContaining("No problems found")]);
  }, 60_000);

  it.each([
    ["node10", "CommonJS", "use.ts"],
    ["nodenext", "NodeNext", "use.mts"],
  ])(
    "compiles in a project with moduleResolution %s, module %s and %s",
    async (moduleResolution, module, file) => {
      await writeFile(
        join(project, file),
        `import { PaymentsClient, type Payment } from "@payments/sdk";
const client = new PaymentsClient({ baseUrl: "https://x.example", apiKey: "k" });
export const ids = async (): Promise<string> => {
  const { data, response } = await client.payments.create({ amount: 1, currency: "EUR" }).withResponse();
  const payment: Payment = await client.payments.retrieve(data.id);
  return payment.id + response.requestId;
};
// @ts-expect-error An amount is a number.
client.payments.create({ amount: "1", currency: "EUR" });
`,
      );
      const tsc = createRequire(join(PACKAGE, "package.json")).resolve("typescript/bin/tsc");
      const options = ["--noEmit", "--strict", "--target", "ES2022", "--lib", "ES2022,DOM"];
      const { status, stdout } = run(tsc, ...options, "--moduleResolution", moduleResolution, "--module", module, file);
      expect([status, stdout]).toEqual([0, ""]);
    },
    60_000,
  );
});
