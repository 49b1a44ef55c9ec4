// npm run sbom: writes sbom.cdx.json, the bill of materials of what the service runs on, in CycloneDX 1.6. It is made
// from the lockfile and the installed packages, needs no network, and is the same whenever these are.
// npm run sbom -- other.json writes to another file.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { Enums, Models, Serialize, SPDX, Spec } from "@cyclonedx/cyclonedx-library";
import { parse } from "yaml";
import { pnpmCommand } from "./pnpm-command.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SERVICE = "apps/api";
const NPM_SCOPE = /^(@[^/]+)\/(.+)$/;

const lock = parse(readFileSync(join(ROOT, "pnpm-lock.yaml"), "utf8"));

/** What an entry of the lockfile needs to run, as keys of `snapshots` or folders of the workspace. */
const dependenciesOf = ({ dependencies = {}, optionalDependencies = {} }, folder) =>
  Object.entries({ ...dependencies, ...optionalDependencies }).map(([name, entry]) => {
    const version = entry.version ?? entry;
    if (version.startsWith("link:")) return posix.join(folder, version.slice("link:".length));
    return lock.snapshots[version] === undefined ? `${name}@${version}` : version;
  });

/** Everything that the service needs, with what each of them needs. */
const closure = () => {
  const found = new Map();
  const waiting = [SERVICE];
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    if (found.has(key)) continue;
    const entry = lock.importers[key] ?? lock.snapshots[key];
    if (entry === undefined) throw new Error(`pnpm-lock.yaml has no ${key}`);
    const needed = dependenciesOf(entry, key);
    found.set(key, needed);
    waiting.push(...needed);
  }
  return found;
};

/** Licences by `name@version`, of the packages that are installed here. */
const readLicences = () => {
  const [command, ...prefix] = pnpmCommand();
  const { status, stdout, stderr } = spawnSync(command, [...prefix, "licenses", "list", "--prod", "--json"], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(`pnpm could not list the licences: ${stderr}`);
  const packages = Object.values(JSON.parse(stdout)).flat();
  return new Map(packages.flatMap(({ name, versions, license }) => versions.map((it) => [`${name}@${it}`, license])));
};

const toLicence = (text) =>
  SPDX.isSupportedSpdxId(text) ? new Models.SpdxLicense(text) : new Models.LicenseExpression(text);

const create = (type, name, version, purl) => {
  const [, group, rest = name] = NPM_SCOPE.exec(name) ?? [];
  return new Models.Component(type, rest, { group, version, purl, bomRef: `${name}@${version}` });
};

const ofWorkspace = (folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8"));
  const type = folder === SERVICE ? Enums.ComponentType.Application : Enums.ComponentType.Library;
  const component = create(type, name, version);
  component.licenses.add(toLicence(license));
  return component;
};

const ofRegistry = (key, licences) => {
  const id = key.replace(/\(.*$/, "");
  const [, name, version] = /^(.+)@([^@]+)$/.exec(id);
  const component = create(
    Enums.ComponentType.Library,
    name,
    version,
    `pkg:npm/${name.replace("@", "%40")}@${version}`,
  );
  const [algorithm, digest] = lock.packages[id].resolution.integrity.split("-");
  if (algorithm !== "sha512") throw new Error(`${id} has no SHA-512 in pnpm-lock.yaml`);
  component.hashes.set(Enums.HashAlgorithm["SHA-512"], Buffer.from(digest, "base64").toString("hex"));
  const licence = licences.get(id);
  if (licence !== undefined) component.licenses.add(toLicence(licence));
  return component;
};

const needs = closure();
const licences = readLicences();
const components = new Map();
for (const key of needs.keys()) {
  const component = lock.importers[key] ? ofWorkspace(key) : ofRegistry(key, licences);
  // One package with different peers is one package.
  const known = [...components.values()].find(({ bomRef }) => bomRef.value === component.bomRef.value);
  components.set(key, known ?? component);
}
for (const [key, needed] of needs) {
  for (const other of needed) components.get(key).dependencies.add(components.get(other).bomRef);
}

const service = components.get(SERVICE);
const bom = new Models.Bom({
  metadata: new Models.Metadata({ component: service }),
  components: new Models.ComponentRepository([...components.values()].filter((component) => component !== service)),
});
const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
const file = process.argv[2] ?? join(ROOT, "sbom.cdx.json");
writeFileSync(file, `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`);
console.log(`Wrote ${bom.components.size} packages that ${service.name} runs on to ${file}`);
