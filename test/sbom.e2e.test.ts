import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "@jest/globals";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Component {
  readonly "bom-ref": string;
  readonly purl?: string;
  readonly licenses?: readonly unknown[];
  readonly externalReferences?: readonly { readonly type: string; readonly hashes?: readonly unknown[] }[];
}

interface Bom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

let bom: Bom;
beforeAll(() => {
  const { status, stdout, stderr } = spawnSync("npm", ["run", "--silent", "sbom"], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 1 << 26,
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(stdout + stderr);
  bom = JSON.parse(stdout);
});

const refOf = (name: string, version: string): string => `pkg:npm/${name.replace("@", "%40")}@${version}`;

const refs = (): string[] => bom.components.map((component) => component["bom-ref"]);

it("is CycloneDX 1.6 of the service", () => {
  expect(bom).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.6" });
  expect(bom.metadata.component["bom-ref"]).toMatch(/^pkg:npm\/%40payments\/api@/);
});

it("contains direct and indirect dependencies of the service, and no development dependencies", () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, "apps/api/package.json"), "utf8"));
  const direct = Object.entries<string>(manifest.dependencies).filter(
    ([, version]) => !version.startsWith("workspace"),
  );
  expect(refs()).toEqual(expect.arrayContaining(direct.map(([name, version]) => refOf(name, version))));
  // The adapters' dependencies, and their dependencies.
  for (const name of ["koa", "knex", "pg", "tarn", "jose", "%40payments/domain"]) {
    expect(refs().filter((ref) => ref.startsWith(`pkg:npm/${name}@`))).toHaveLength(1);
  }
  const development = /^pkg:npm\/(jest|typescript|testcontainers|autocannon|%40biomejs\/biome|%40types\/.*)@/;
  expect(refs().filter((ref) => development.test(ref))).toEqual([]);
});

it("names the origin, the digest and the licence of each package", () => {
  const ofRegistry = bom.components.filter((component) => !component["bom-ref"].startsWith("pkg:npm/%40payments/"));
  expect(ofRegistry.length).toBeGreaterThan(50);
  for (const { purl, licenses, externalReferences = [] } of ofRegistry) {
    expect(purl).toMatch(/^pkg:npm\/(%40[^/]+\/)?[^/@]+@\d/);
    expect([purl, licenses?.length]).toEqual([purl, expect.any(Number)]);
    const hash = { alg: "SHA-512", content: expect.stringMatching(/^[0-9a-f]{128}$/) };
    expect(externalReferences).toContainEqual(expect.objectContaining({ type: "distribution", hashes: [hash] }));
  }
});

it("leads from the service to every package", () => {
  const needs = new Map(bom.dependencies.map(({ ref, dependsOn = [] }) => [ref, dependsOn]));
  const service = bom.metadata.component["bom-ref"];
  const reached = new Set([service]);
  for (const ref of reached) for (const other of needs.get(ref) ?? []) reached.add(other);
  expect([...reached].sort()).toEqual([service, ...refs()].sort());
});
