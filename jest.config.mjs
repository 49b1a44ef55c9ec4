/** @type {import("jest").Config} */
const shared = {
  testEnvironment: "node",
  // Workspace packages are loaded from src: no build before a test run.
  testEnvironmentOptions: { customExportConditions: ["@payments/source", "node", "node-addons"] },
  extensionsToTreatAsEsm: [".ts"],
  moduleFileExtensions: ["ts", "js", "mjs", "cjs", "json", "node"],
  transform: {
    "\\.ts$": [
      "@swc/jest",
      {
        swcrc: false,
        sourceMaps: "inline",
        module: { type: "es6" },
        jsc: { target: "es2023", parser: { syntax: "typescript" } },
      },
    ],
  },
  injectGlobals: false,
};

const project = (displayName, pattern, more = {}) => ({
  ...shared,
  displayName,
  roots: ["<rootDir>/packages", "<rootDir>/apps", "<rootDir>/test"],
  testMatch: [`**/${pattern}`],
  modulePathIgnorePatterns: ["/dist/"],
  ...more,
});

const postgres = {
  globalSetup: "<rootDir>/scripts/jest-postgres-setup.mjs",
  globalTeardown: "<rootDir>/scripts/jest-postgres-teardown.mjs",
};

const endToEnd = { ...postgres, setupFilesAfterEnv: ["<rootDir>/test/support/no-secrets.ts"] };

export default {
  projects: [
    project("unit", "*.test.ts", { testPathIgnorePatterns: ["\\.(int|e2e)\\.test\\.ts$", "/dist/"] }),
    project("integration", "*.int.test.ts", postgres),
    project("end-to-end", "*.e2e.test.ts", {
      ...endToEnd,
      testPathIgnorePatterns: ["/test/ladder/", "/node_modules/"],
    }),
    project("ladder", "ladder/*.e2e.test.ts", endToEnd),
  ],
  collectCoverageFrom: ["packages/*/src/**/*.ts", "apps/*/src/**/*.ts"],
  coverageProvider: "babel",
  maxWorkers: "100%",
  reporters: ["default", "<rootDir>/scripts/jest-reporter.mjs"],
  testSequencer: "<rootDir>/scripts/jest-plan.mjs",
  // Tests wait for processes, and a busy machine multiplies their time.
  testTimeout: 120_000,
  watchman: false,
};
