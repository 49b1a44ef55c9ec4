import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ROOT } from "./architecture/workspace.ts";
import { blocksOf } from "./documentation/blocks.ts";
import { readPages } from "./documentation/pages.ts";

const TSC = join(ROOT, "node_modules/typescript/bin/tsc");

const examples = readPages()
  .filter(({ path }) => /^(packages|apps)\/[^/]+\/README\.md$/.test(path))
  .flatMap(({ path, text }) =>
    blocksOf(text)
      .filter(({ language }) => language === "ts")
      .map(({ line, text: source }) => ({ path, line, source })),
  );

describe("The TypeScript examples of the README files", () => {
  let folder: string;
  beforeAll(() => {
    // In node_modules, so that the examples find the packages of the workspace.
    const parent = join(ROOT, "node_modules/.readme-examples");
    mkdirSync(parent, { recursive: true });
    folder = mkdtempSync(join(parent, "run-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The compiler's messages, with the page and the line in it. */
  const compile = (sources: readonly (typeof examples)[number][]): string => {
    sources.forEach(({ source }, index) => {
      writeFileSync(join(folder, `example-${index}.ts`), `${source}\nexport {};\n`);
    });
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: join(ROOT, "tsconfig.test.json"), include: ["*.ts"] }),
    );
    const { stdout } = spawnSync(process.execPath, [TSC, "-p", folder, "--pretty", "false"], { encoding: "utf8" });
    return stdout.replace(/^\S*example-(\d+)\.ts\((\d+),\d+\)/gm, (_, index, line) => {
      const { path, line: first } = sources[Number(index)] ?? { path: "", line: 0 };
      return `${path}:${first + Number(line) - 1}`;
    });
  };

  it("compile, and one that does not is reported with page and line", () => {
    expect(examples.length).toBeGreaterThanOrEqual(6);
    const wrong = { path: "packages/x/README.md", line: 7, source: 'import "@payments/domain";\nconst a: string = 1;' };
    // One run, because the compiler checks the whole workspace each time.
    expect(compile([...examples, wrong])).toMatch(/^packages\/x\/README\.md:8: error TS2322: [^\n]*\n$/);
  }, 120_000);
});
