import { spawn } from "node:child_process";
import { once } from "node:events";
import { watchForSecrets } from "../support/secrets.ts";

/** A shell that keeps its variables between blocks, as a reader's terminal does. */
export interface Shell {
  /** Runs the commands and returns their stdout. Rejects with all output if one fails. */
  run(commands: string): Promise<string>;
  /** Runs commands whose last one must fail, and returns their stdout. */
  runFailing(commands: string): Promise<string>;
  /** Ends the shell and its background services, which log "stopped" to service.log. */
  close(): Promise<void>;
}

const MARK = "-- block ended:";
const STOP_JOBS = `for job in $(jobs -p); do
  kill $job; while kill -0 $job 2>/dev/null || ! grep -q stopped service.log; do sleep 0.1; done
done`;

export const openShell = (folder: string, variables: Readonly<Record<string, string>>): Shell => {
  const { PATH = "", HOME = folder, TMPDIR = "/tmp" } = process.env;
  const env = { PATH, HOME, TMPDIR, CURL_HOME: folder, npm_config_loglevel: "error", ...variables };
  const bash = spawn("bash", [], { cwd: folder, env, stdio: ["pipe", "pipe", "pipe"] });
  let printed = "";
  let all = "";
  let settle = (): void => {};
  const hear = (data: Buffer): void => {
    all += data;
    settle();
  };
  bash.stdout.on("data", (data: Buffer) => {
    printed += data;
    hear(data);
  });
  bash.stderr.on("data", hear);
  watchForSecrets(bash.stderr); // stdout may contain the secret that a command prints
  const ended = once(bash, "exit").then(() => settle());
  bash.stdin.write(`trap '${STOP_JOBS}' EXIT\n`);

  const send = (commands: string): Promise<string> =>
    new Promise((resolve, reject) => {
      printed = "";
      all = "";
      settle = () => {
        const [output = "", code] = printed.split(`\n${MARK}`);
        if (code?.includes("\n"))
          return code.trim() === "0" ? resolve(output) : reject(new Error(`the command failed:\n${all}`));
        if (bash.exitCode !== null) reject(new Error(`exit code ${bash.exitCode}:\n${all}`));
      };
      bash.stdin.write(`${commands}\n`);
    });

  return {
    run: (commands) => send(`set -euo pipefail\n${commands}\nset +e; printf '\\n${MARK}0\\n'`),
    runFailing: (commands) =>
      send(`set +e\n${commands}\ncode=$?; printf '\\n${MARK}%s\\n' $([ $code -ne 0 ] && echo 0 || echo 1)`),
    close: () => {
      bash.stdin.end();
      return ended;
    },
  };
};
