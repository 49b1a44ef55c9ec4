import { globSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { blocksOf } from "./documentation/blocks.ts";
import { brokenLinks, unreachable } from "./documentation/links.ts";
import { isManual, readPages } from "./documentation/pages.ts";
import { Terminal } from "./documentation/terminal.ts";

const ROOT = join(import.meta.dirname, "..");

const pages = readPages();
const manual = pages.filter(isManual);
const fence = (info: string, ...lines: string[]): string => ["```".concat(info), ...lines, "```", ""].join("\n");

describe("The manual", () => {
  it("has no broken link", () => {
    expect(manual.length).toBeGreaterThan(5);
    expect(brokenLinks(pages)).toEqual([]);
    const page = {
      path: "docs/x.md",
      text: "# A, b\n[1](../README.md) [2](y.md) [3](#a-b) [4](#c) [5](../README.md#no)",
    };
    expect(brokenLinks([...pages, page])).toEqual([
      "docs/x.md links to y.md, which does not exist",
      "docs/x.md links to #c, which does not exist",
      "docs/x.md links to ../README.md#no, which does not exist",
    ]);
  });

  it("has no page that README.md does not reach", () => {
    expect(unreachable(manual)).toEqual([]);
    expect(unreachable([...manual, { path: "docs/x.md", text: "" }])).toEqual(["docs/x.md"]);
  });

  it("names each library, with the reason for its choice", () => {
    const decision = readFileSync(join(ROOT, "docs/adr/0004-libraries.md"), "utf8");
    const named = new Set(decision.split(/[\s|(),]+/));
    const manifests = globSync(["package.json", "bench/package.json", "{apps,packages}/*/package.json"], { cwd: ROOT });
    const declared = manifests.flatMap((path) => {
      const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
        readFileSync(join(ROOT, path), "utf8"),
      );
      return Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
    });
    const libraries = declared.filter((name) => !/^@(payments|types)\//.test(name));
    expect(manifests.length).toBeGreaterThan(10);
    expect(libraries.filter((name) => !named.has(name))).toEqual([]);
  });

  it("shows commands only in sh blocks", () => {
    const faults = manual.flatMap(({ path, text }) =>
      blocksOf(text)
        .filter(({ language }) => /^(|bash|shell|zsh|console|shell-session|shellscript)$/.test(language))
        .map(({ line, language }) => `${path}:${line} is a block of ${language || "no language"}`),
    );
    expect(faults).toEqual([]);
    const indented = manual.flatMap(({ path, text }) =>
      [...text.matchAll(/^\n {4}((?:npm|npx|curl|docker|psql|\$) .*)/gm)].map(([, command]) => `${path}: ${command}`),
    );
    expect(indented).toEqual([]);
  });
});

describe("Following a page", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "payments-page-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const follow = async (page: string): Promise<void> => {
    const terminal = new Terminal(folder, 1);
    await terminal.follow(page).finally(() => terminal.close());
  };

  it("keeps a shell's variables and folder from block to block", async () => {
    await follow(fence("sh", "A=1; mkdir d; cd d") + fence("text", "x") + fence("sh", '[ "$A" = 1 ]; [ -d ../d ]'));
  });

  it.each([
    ["a command that fails", fence("sh", "false", "true")],
    ["a failing command of a pipe", fence("sh", "false | cat")],
    ["a variable that is not set", fence("sh", 'echo "$UNSET_VARIABLE"')],
    ["a command that should fail and succeeds", fence("sh fails", "true")],
    ["output of another shape than shown", fence("sh", "echo '{\"a\":1}'") + fence("json", '{"a":"1"}')],
    ["a shown field that is not printed", fence("sh", "echo '{}'") + fence("json", '{"a":1}')],
  ])("fails at %s", async (_, page) => {
    await expect(follow(page)).rejects.toThrow(/^line 2:|^line 5:/);
  });

  it("accepts an announced failure, output of the shown shape, and a reason not to run", async () => {
    await follow(fence("sh fails", "false"));
    await follow(fence("sh", "echo words; echo '{\"a\":[1,2]}'") + fence("json", '{"a":[7]}'));
    await follow(fence('sh norun="it would never end"', "false"));
    await expect(follow(fence("sh norun", "false"))).rejects.toThrow("line 2");
  });
});
