import { enableCompileCache } from "node:module";
import { join } from "node:path";

/** Settings of V8 for this service. docs/performance.md has their effect on speed and memory. */
const V8_FLAGS = ["--max-semi-space-size=16", "--heap-growing-percent=25", "--no-allocation-site-pretenuring"];

const isTuned = V8_FLAGS.every((flag) => process.execArgv.includes(flag));
if (!isTuned && process.platform !== "win32") {
  // The process restarts itself, because V8 reads these flags only at its start. Its id and its parent stay the same.
  const args = [process.execPath, ...V8_FLAGS, ...process.execArgv, ...process.argv.slice(1)];
  process.execve?.(process.execPath, args);
}

// Saves a quarter of the time to start. Where the folder can't be written, Node.js compiles as usual.
enableCompileCache(join(import.meta.dirname, "..", "node_modules", ".cache"));
await import("./start/serve.ts");
