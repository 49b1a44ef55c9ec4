// npm pack, in its prepack step: builds the package as ES modules in dist/ and as CommonJS in dist/cjs/.
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const FOLDER = dirname(import.meta.dirname);
const dist = (...path) => join(FOLDER, "dist", ...path);
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");

rmSync(dist(), { recursive: true, force: true });
for (const project of ["tsconfig.json", "tsconfig.cjs.json"]) {
  const { status } = spawnSync(process.execPath, [tsc, "-p", project], { cwd: FOLDER, stdio: "inherit" });
  if (status !== 0) process.exit(1);
}
writeFileSync(dist("cjs", "package.json"), '{ "type": "commonjs" }\n');
