import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { describeUnless } from "./support/unless.ts";

const SCRIPT = fileURLToPath(new URL("../scripts/use-node.mjs", import.meta.url));

/** Stands for npm: notes its arguments, and installs a "Node" that prints a version. */
const WORKING_NPM = `#!/bin/sh
echo "$@" >> "$NPM_CALLS"
for last; do :; done
bin="node_modules/\${last%@*}/bin"
mkdir -p "$bin"
printf '#!/bin/sh\\necho v24.0.0\\n' > "$bin/node"
chmod +x "$bin/node"
`;
const FAILING_NPM = "#!/bin/sh\necho 'request to the registry failed' >&2\nexit 1\n";
const NPM_OF_BROKEN_NODE = WORKING_NPM.replace("echo v24.0.0", "exit 127");

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "use-node-")));
  mkdirSync(join(root, "scripts"));
  mkdirSync(join(root, "npm"));
  cpSync(SCRIPT, join(root, "scripts", "use-node.mjs"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Runs the script as a script of npm does that was started by this version of Node. */
const runUnder = (version: string, npm: string, ...args: string[]) => {
  writeFileSync(join(root, "npm", "npm"), npm, { mode: 0o755 });
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "scripts", "use-node.mjs"), ...args], {
    encoding: "utf8",
    env: {
      PATH: [join(root, "npm"), process.env["PATH"]].join(delimiter),
      NPM_CALLS: join(root, "calls"),
      npm_node_execpath: "/usr/bin/node",
      npm_config_user_agent: `npm/11.0.0 node/v${version} linux x64 workspaces/false`,
    },
  });
  return { status, stdout, stderr };
};

const LINK = ["node_modules", ".bin", "node"];
const installed = () => readdirSync(join(root, "node_modules", ".node"));

describeUnless(process.platform === "linux" ? undefined : "its npm is a shell script")("a script of npm", () => {
  it("installs a pinned Node on a machine with Node 20, once, and says so in one line", () => {
    const first = runUnder("20.19.0", WORKING_NPM);
    expect(first).toEqual({
      status: 0,
      stdout: "",
      stderr: expect.stringMatching(/^Node 20\.19\.0 is too old: installing node-linux-\w+@24\.\d+\.\d+…\n$/),
    });
    const [id = ""] = installed();
    expect(installed()).toEqual([expect.stringMatching(/^node-linux-\w+@24\.\d+\.\d+$/)]);
    expect(realpathSync(join(root, ...LINK))).toBe(
      join(root, "node_modules", ".node", id, "node_modules", id.replace(/@.*/, ""), "bin", "node"),
    );
    expect(runUnder("20.19.0", FAILING_NPM)).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it("links the installed Node again after its link was removed", () => {
    runUnder("20.19.0", WORKING_NPM);
    rmSync(join(root, "node_modules", ".bin"), { recursive: true });
    expect(runUnder("20.19.0", FAILING_NPM).status).toBe(0);
    expect(existsSync(join(root, ...LINK))).toBe(true);
  });

  it("installs it without a word where it is to be quiet", () => {
    expect(runUnder("22.22.0", WORKING_NPM, "--quiet")).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(installed()).toHaveLength(1);
  });

  it("uses the machine's own Node from version 24 on, and no longer the one that it installed before", () => {
    runUnder("20.19.0", WORKING_NPM);
    expect(runUnder("24.0.0", FAILING_NPM)).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(existsSync(join(root, ...LINK))).toBe(false);
  });

  it.each([
    ["the registry does not answer", FAILING_NPM, "request to the registry failed"],
    ["the installed Node does not run", NPM_OF_BROKEN_NODE, "does not run here"],
  ])("says what to do where %s, and leaves nothing behind", (_, npm, reason) => {
    const { status, stderr } = runUnder("20.19.0", npm);
    expect(status).toBe(1);
    expect(stderr).toContain("Node 20.19.0 is too old, and Node 24 could not be installed: ");
    expect(stderr).toContain(reason);
    expect(stderr).toMatch(/\nConnect to the npm registry and try again, or install Node 24 from [^\n]+\n$/);
    expect(installed()).toEqual([]);
  });
});
