import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { ROLE } from "./password.ts";
import type { ServerAccount } from "./server-account.ts";

/**
 * Gives the role a new password in a cluster that is not running, in PostgreSQL's single-user mode: for a password
 * file that was lost.
 * @throws Error with the server's own words.
 */
export const resetPassword = async (
  postgres: string,
  dataDir: string,
  account: ServerAccount,
  password: string,
): Promise<void> => {
  const args = ["--single", "-D", dataDir, "-c", "exit_on_error=on", "postgres"];
  const server = spawn(postgres, args, {
    ...account,
    cwd: "/",
    env: { LC_ALL: "C" },
    stdio: ["pipe", "ignore", "pipe"],
  });
  server.stdin.end(`ALTER ROLE ${ROLE} PASSWORD '${password}'\n`);
  const [log, [status]] = await Promise.all([text(server.stderr), once(server, "exit")]);
  if (status !== 0) throw new Error(`The lost password of ${dataDir} could not be replaced:\n${log}`);
};
