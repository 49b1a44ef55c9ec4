// @ts-nocheck
import { scope } from "./scopes.mjs";

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  testRunner: "jest",
  // Named, because it does not lie beside this file.
  plugins: ["@stryker-mutator/jest-runner"],
  testRunnerNodeArgs: ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"],
  jest: { projectType: "custom", configFile: "mutation/jest.config.mjs", enableFindRelatedTests: false },
  coverageAnalysis: "perTest",
  // In a copy of the packages alone, tests of one package would meet the unchanged code of another.
  inPlace: true,
  concurrency: 2,
  // A busy machine must not pass for a mutant that never ends.
  timeoutMS: 60_000,
  reporters: ["clear-text", "progress-append-only"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 95, low: 90, break: 90 },
  tempDirName: ".data/mutation",
  allowConsoleColors: false,
  mutate: scope().mutate,
};
