// @ts-nocheck
import { createRequire } from "node:module";
import { join } from "node:path";
import config from "../jest.config.mjs";
import { scope } from "./scopes.mjs";

const [unit] = config.projects;

/** Stryker looks for Jest's environment beside our packages, where pnpm lets nobody find what others depend on. */
const environment = ["jest", "jest-cli", "jest-config", "jest-environment-node"].reduce(
  (from, name) => createRequire(from).resolve(name),
  import.meta.filename,
);

/** The unit tests of the scope, as one project. */
export default {
  ...unit,
  rootDir: join(import.meta.dirname, ".."),
  testMatch: scope().tests.map((path) => `<rootDir>/${path}${path.endsWith(".ts") ? "" : "/**/*.test.ts"}`),
  testEnvironment: environment,
  testTimeout: config.testTimeout,
  watchman: false,
};
