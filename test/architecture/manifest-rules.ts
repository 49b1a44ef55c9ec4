import { moduleReferences } from "./module-references.ts";
import { isShipped, type SourceFile, sourceFiles, type Workspace } from "./workspace.ts";

/** Declared dependencies that our code does not import. */
const NEVER_IMPORTED: Readonly<Record<string, readonly string[]>> = {
  "packages/adapters-postgres": ["pg"], // Knex loads its driver by name
  "packages/sdk": ["@arethetypeswrong/cli", "openapi-typescript", "typescript"], // run by its scripts and its package test
  "apps/api": ["reflect-metadata"], // Inversify's peer
};

type Field = "dependencies" | "devDependencies" | "optionalDependencies" | "peerDependencies";
type Manifest = { readonly name: string } & { readonly [Name in Field]?: Readonly<Record<string, string>> };

const manifestIn = (workspace: Workspace, folder: string): Manifest =>
  JSON.parse(workspace.get(`${folder}package.json`) ?? "{}");

const declaredIn = (manifest: Manifest, ...fields: Field[]): string[] =>
  fields.flatMap((field) => Object.keys(manifest[field] ?? {}));

const packageName = (reference: string): string =>
  reference
    .split("/")
    .slice(0, reference.startsWith("@") ? 2 : 1)
    .join("/");

/** The packages that these files import, except their own. */
const importedBy = (files: readonly SourceFile[], self: string): Set<string> => {
  const references = files.flatMap(({ text }) => moduleReferences(text)).filter((reference) => reference !== null);
  const foreign = references.filter((reference) => !/^(\.|node:)/.test(reference)).map(packageName);
  return new Set(foreign.filter((name) => name !== self));
};

/** `@types/koa` of `koa`, `@types/scope__name` of `@scope/name`. */
const typedBy = (name: string): string =>
  name.replace(/^@types\//, "").replace(/^(.+)__(.+)$/, (_, scope, rest) => `@${scope}/${rest}`);

const faultsOfPackage = (workspace: Workspace, folder: string, files: readonly SourceFile[]): string[] => {
  const manifest = manifestIn(workspace, `${folder}/`);
  const everywhere = declaredIn(manifestIn(workspace, ""), "dependencies", "devDependencies");
  const runtime = declaredIn(manifest, "dependencies", "optionalDependencies", "peerDependencies");
  const development = declaredIn(manifest, "devDependencies");
  const shipped = importedBy(files.filter(isShipped), manifest.name);
  const tested = importedBy(
    files.filter((file) => !isShipped(file)),
    manifest.name,
  );
  const needed = [...shipped, ...(NEVER_IMPORTED[folder] ?? [])];
  const neededInTests = [...needed, ...tested];
  return [
    ...[...shipped].filter((name) => !runtime.includes(name)).map((name) => `imports ${name} without declaring it`),
    ...runtime.filter((name) => !needed.includes(name)).map((name) => `declares ${name} without importing it`),
    ...[...tested]
      .filter((name) => ![...runtime, ...development, ...everywhere].includes(name))
      .map((name) => `imports ${name} in tests without declaring it`),
    ...development
      .filter((name) => !neededInTests.includes(name) && !neededInTests.includes(typedBy(name)))
      .map((name) => `declares ${name} for development without using it`),
  ].map((fault) => `${folder} ${fault}`);
};

export const manifestFaults = (workspace: Workspace): string[] => {
  const files = sourceFiles(workspace);
  const folders = [...new Set(files.map((file) => file.package))];
  return folders.flatMap((folder) =>
    faultsOfPackage(
      workspace,
      folder,
      files.filter((file) => file.package === folder),
    ),
  );
};
