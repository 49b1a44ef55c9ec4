import { describe, expect, it } from "@jest/globals";
import { architectureFaults } from "./architecture/architecture-faults.ts";
import { readWorkspace } from "./architecture/workspace.ts";

const workspace = readWorkspace();

const before = new Set(architectureFaults(workspace));

/** The additional violations after a file is added or its text is replaced. */
const faultsWith = (path: string, text: string): string[] => {
  return architectureFaults(new Map([...workspace, [path, text]])).filter((fault) => !before.has(fault));
};

const manifestWith = (folder: string, change: (manifest: Record<string, Record<string, string>>) => void): string => {
  const manifest = JSON.parse(workspace.get(`${folder}/package.json`) ?? "");
  change(manifest);
  return JSON.stringify(manifest);
};

describe("The repository", () => {
  it("follows the rules of its architecture", () => {
    expect(workspace.size).toBeGreaterThan(100);
    expect(architectureFaults(workspace)).toEqual([]);
  });
});

describe("The rules of the architecture", () => {
  const planted = "packages/domain/src/planted.ts";

  it.each([
    ['import { z } from "zod";', "zod"],
    ['import "zod";', "zod"],
    ['import type { Context } from "koa";', "koa"],
    ['import { type Context } from "koa";', "koa"],
    ['export { z } from "zod";', "zod"],
    ['export type { Context } from "koa";', "koa"],
    ['export const z = await import("zod");', "zod"],
    ['import z = require("zod");', "zod"],
    ['export const z = require("zod");', "zod"],
    ['export type Z = typeof import("zod");', "zod"],
    ['export type Context = import("koa").Context;', "koa"],
    ['declare module "koa" {}', "koa"],
    ['import { readFileSync } from "node:fs";', "node:fs"],
    ['import { readFileSync } from "fs";', "fs"],
    ['import { aClient } from "@payments/domain/testing";', "@payments/domain/testing"],
    ['export const z = import.meta.resolve("zod");', "zod"],
    ['export const z = require.resolve("zod");', "zod"],
    ['export const z = createRequire(import.meta.url)("zod");', "zod"],
  ])("find the import of %s", (text, reference) => {
    expect(faultsWith(planted, text)).toContain(
      `${planted} imports ${reference}, which packages/domain/src must not import`,
    );
  });

  it.each(["import(name)", "import(`zod`)", "require(name)"])("reject the computed import %s", (text) => {
    expect(faultsWith(planted, text)).toContain(`${planted} imports a module whose name is computed`);
  });

  it.each(["../../adapters-http/src/index.ts", "../testing/index.ts", "../package.json"])(
    "refuse the import of %s, out of the package",
    (path) => {
      const fault = `${planted} imports ${path}, which is outside packages/domain/src`;
      expect(faultsWith(planted, `import "${path}";`)).toEqual([fault]);
    },
  );

  it("ignore comments and strings", () => {
    const text = `
      // import "koa"; process.env; throw new Error(); new Date()
      /** import("koa") and Math.random() */
      export const text = 'import "koa"; process.env; require("zod"); export * from "./x.ts"';
      export const moment = (at: Date): string => \`\${new Date(at.getTime()).toISOString()} \${Math.max(1, 2)}\`;
      export const other = undefined as { env: string; setTimeout: string; process: string } | undefined;
    `;
    expect(faultsWith(planted, text)).toEqual([]);
  });

  it.each([
    ["packages/adapters-http/src", "@payments/adapters-postgres"],
    ["packages/adapters-http/src", "@payments/adapters-crypto"],
    ["packages/adapters-postgres/src", "@payments/adapters-crypto"],
    ["packages/adapters-crypto/src", "@payments/adapters-http"],
    ["packages/adapters-crypto/src", "node:fs"],
    ["packages/embedded-postgres/src", "@payments/domain"],
    ["packages/domain/testing", "node:crypto"],
    ["packages/adapters-postgres/src", "@payments/domain/testing"],
    ["packages/adapters-http/src", "inversify"],
    ["packages/adapters-postgres/src", "inversify"],
  ])("keep %s from importing %s", (root, reference) => {
    const file = `${root}/planted.ts`;
    expect(faultsWith(file, `import "${reference}";`)).toContain(
      `${file} imports ${reference}, which ${root} must not import`,
    );
  });

  it("require a rule for every new package", () => {
    expect(faultsWith("packages/stripe/src/index.ts", "export {};")).toEqual([
      "packages/stripe/src/index.ts is in packages/stripe/src, which has no import rule; add one",
    ]);
  });

  it.each([
    ["process.env['HOME']", "reads process.env"],
    ["process['env']", "reads process.env"],
    ["process[name]", "reads process.env"],
    ["const { env } = process", "hands on process"],
    ["globalThis.process.env", "uses globalThis"],
    ["import { env } from 'node:process'", "imports process"],
    ["import { env } from 'process'", "imports process"],
  ])("reject %s outside the configuration", (text, fault) => {
    const file = "apps/api/src/planted.ts";
    expect(faultsWith(file, text)).toContain(`${file} ${fault}, which only apps/api/src/config/environment.ts may`);
  });

  it("find reads of the environment outside the configuration", () => {
    expect(faultsWith("apps/api/src/config/environment.ts", "export {};")).toContain(
      "apps/api/src/config/environment.ts does not read process.env",
    );
  });

  it.each([
    ["throw new Error()", "throws"],
    ["throw new RangeError()", "throws a RangeError, and is not listed as a file that may"],
    ["parse()._unsafeUnwrap()", "throws by unwrapping"],
    ["Date.now()", "reads the time: ask the clock"],
    ["Date['now']()", "reads the time: ask the clock"],
    ["new Date()", "reads the time: ask the clock"],
    ["new Date", "reads the time: ask the clock"],
    ["Date()", "reads the time: ask the clock"],
    ["const { now } = Date", "reads the time: ask the clock"],
    ["const Time = Date; new Time()", "reads the time: ask the clock"],
    ["Math.random()", "uses chance: ask a port"],
    ["const { random } = Math", "uses chance: ask a port"],
    ["process.exit()", "uses process, which is not part of the language"],
    ["Buffer.from('')", "uses Buffer, which is not part of the language"],
    ["setTimeout(f, 1)", "uses setTimeout, which is not part of the language"],
    ["console.log(1)", "uses console, which is not part of the language"],
    ["crypto.randomUUID()", "uses crypto, which is not part of the language"],
    ["@sealed class A {}", "uses a decorator"],
  ])("reject %s in the domain", (text, fault) => {
    expect(faultsWith(planted, text)).toContain(`${planted} ${fault}`);
  });

  it("allow a file of the domain to throw only RangeErrors, and only if it is listed", () => {
    const listed = "packages/domain/src/client/api-key.ts";
    const own = workspace.get(listed) ?? "";
    expect(own).toContain("throw new RangeError");
    expect(faultsWith(listed, own.replace("throw new RangeError", "throw new Error"))).toEqual([`${listed} throws`]);
  });

  it.each(['export * from "./shared/brand.ts";', 'export * as brand from "./shared/brand.ts";'])(
    "refuse %s",
    (text) => {
      expect(faultsWith(planted, text)).toEqual([`${planted} re-exports a whole module; list the exported names`]);
    },
  );

  it("let a root index gather the indexes of its folders, which list the exported names", () => {
    const index = "packages/domain/src/shared/index.ts";
    expect(faultsWith(planted, 'export * from "./shared/index.ts";')).toEqual([]);
    expect(faultsWith(index, 'export * from "./brand.ts";')).toContain(
      `${index} re-exports a whole module; list the exported names`,
    );
  });

  it("reject a file of more than 250 lines", () => {
    expect(faultsWith(planted, "export {};\n".repeat(250))).toEqual([]);
    expect(faultsWith(planted, "export {};\n".repeat(251))).toEqual([`${planted} has 251 lines; the maximum is 250`]);
  });

  it("accept a long list of a package's exported names", () => {
    const names = "  name,\n".repeat(250);
    expect(faultsWith(planted, `export {\n${names}} from "./planted.ts";\n`)).toEqual([]);
    expect(faultsWith(planted, `export {\n${names}} from "./planted.ts";\nconst one = 1;\n`)).toHaveLength(1);
  });

  it("reject reference directives", () => {
    expect(faultsWith(planted, '/// <reference types="node" />\nexport {};')).toEqual([
      `${planted} has a reference directive; use an import`,
    ]);
  });

  it("reject an import that the package does not declare", () => {
    const manifest = manifestWith("packages/adapters-crypto", ({ dependencies = {} }) => {
      delete dependencies["jose"];
    });
    expect(faultsWith("packages/adapters-crypto/package.json", manifest)).toEqual([
      "packages/adapters-crypto imports jose without declaring it",
    ]);
    expect(faultsWith("packages/adapters-crypto/test/planted.test.ts", 'import "koa";')).toEqual([
      "packages/adapters-crypto imports koa in tests without declaring it",
    ]);
  });

  it("reject a dependency that nothing imports", () => {
    const manifest = manifestWith("packages/adapters-crypto", (changed) => {
      Object.assign(changed["dependencies"] ?? {}, { koa: "3.3.0" });
      changed["devDependencies"] = { "@types/pg": "8.23.1", "@types/uuidv7": "1.0.0" };
    });
    expect(faultsWith("packages/adapters-crypto/package.json", manifest)).toEqual([
      "packages/adapters-crypto declares koa without importing it",
      "packages/adapters-crypto declares @types/pg for development without using it",
    ]);
  });
});
