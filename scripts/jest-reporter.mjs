// Prints how long a run still takes, and at its end every skipped test with the reason.
import { relative } from "node:path";
import { begin, finish, remainingMs } from "./jest-plan.mjs";

const PROGRESS_INTERVAL_MS = 10_000;
const REASON = / \(skipped: ([^)]+)\)/;

const minutes = (ms) => {
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
};

export default class ProgressReporter {
  #rootDir;
  #workers;
  #filtersTitles;
  #error;
  #startedAt = performance.now();
  #shownAt = performance.now();

  constructor({ rootDir, testNamePattern, maxWorkers }) {
    this.#rootDir = rootDir;
    this.#workers = maxWorkers;
    this.#filtersTitles = Boolean(testNamePattern);
  }

  onTestStart(test) {
    begin(test);
  }

  onTestResult(test, _result, { numTotalTestSuites, ...counts }) {
    finish(test);
    const now = performance.now();
    if (now - this.#shownAt < PROGRESS_INTERVAL_MS) return;
    this.#shownAt = now;
    const ended = counts.numPassedTestSuites + counts.numFailedTestSuites + counts.numPendingTestSuites;
    const left = minutes(remainingMs(now - this.#startedAt, this.#workers));
    process.stderr.write(`${ended} of ${numTotalTestSuites} test files, about ${left} left\n`);
  }

  onRunComplete(_contexts, { testResults }) {
    if (this.#filtersTitles) return;
    const reasons = new Map();
    for (const { testFilePath, testResults: tests } of testResults) {
      for (const { fullName } of tests.filter(({ status }) => status === "pending" || status === "todo")) {
        const [marker, reason = "no reason given"] = REASON.exec(fullName) ?? [];
        if (marker === undefined) this.#error = new Error('A skipped test names no "(skipped: REASON)" in its title.');
        const line = `  ${relative(this.#rootDir, testFilePath)}: ${fullName.replace(marker, "")}`;
        reasons.set(reason, [...(reasons.get(reason) ?? []), line]);
      }
    }
    for (const [reason, lines] of reasons) process.stderr.write(`\nSkipped, ${reason}:\n${lines.join("\n")}\n`);
  }

  getLastError() {
    return this.#error;
  }
}
