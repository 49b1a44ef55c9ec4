import { spawnSync } from "node:child_process";
import { beforeAll, expect, it } from "@jest/globals";
import { CLI, runProgram } from "../../../test/support/run-program.ts";
import { describeUnless, missingProgram } from "../../../test/support/unless.ts";

interface Shell {
  /** The shell reads no start file of the user who runs the tests. */
  readonly bare: string;
  /** Replaces what only an interactive shell has. */
  readonly before: string;
  /** Prints the completions for the last of its arguments. */
  readonly ask: string;
}

const SHELLS: Readonly<Record<string, Shell>> = {
  bash: {
    bare: "--norc",
    before: "",
    ask: `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); __payments_complete 2>/dev/null; printf "%s\\n" "\${COMPREPLY[@]}"`,
  },
  zsh: {
    bare: "-f",
    before: `compdef() { :; }; _describe() { print -rl -- "\${(@P)argv[2]}" | sed 's/:.*//'; }; `,
    ask: 'words=("$@"); CURRENT=$#; _payments',
  },
  fish: { bare: "--no-config", before: "", ask: 'complete -C "$argv" | string split --fields 1 \\t' },
};

for (const [shell, { bare, before, ask }] of Object.entries(SHELLS)) {
  describeUnless(missingProgram(shell))(`payments completion ${shell}`, () => {
    let script: string;
    beforeAll(async () => {
      script = (await runProgram(CLI, {}, "completion", shell)).stdout;
    });

    const run = (command: string, ...words: string[]) => {
      const { PATH = "", HOME = "" } = process.env;
      // The first argument after a command is the name of the shell, except in fish.
      const args = [bare, "-c", `${before}eval "$SCRIPT"; ${command}`, ...(shell === "fish" ? [] : [shell]), ...words];
      return spawnSync(shell, args, { encoding: "utf8", env: { PATH, HOME, SCRIPT: script } });
    };
    const offered = (...words: string[]): string[] => {
      const { stdout, stderr } = run(ask, ...words);
      expect(stderr).toBe("");
      return stdout.split("\n").filter((line) => line !== "" && line.startsWith(words.at(-1) ?? ""));
    };

    it.each([
      [
        ["payments", ""],
        ["admin-token", "clients", "completion", "doctor", "keys", "migrate", "payments"],
      ],
      [
        ["payments", "keys", "r"],
        ["revoke", "rotate"],
      ],
      [["payments", "keys", "rotate", "--o"], ["--overlap"]],
      [["payments", "keys", "rotate", "some-id", "--yes", "--key"], ["--key-file"]],
      [
        ["payments", "payments", "export", "some-id", "--format", ""],
        ["csv", "jsonl"],
      ],
      [
        ["payments", "completion", ""],
        ["bash", "fish", "zsh"],
      ],
    ])("offers after %j", (words, expected) => {
      expect(offered(...words)).toEqual(expect.arrayContaining(expected));
    });

    it("offers no word with another beginning, and no word of another command", () => {
      expect(offered("payments", "keys", "ro")).toEqual(["rotate"]);
      expect(offered("payments", "clients", "rot")).toEqual([]);
    });

    it("defines a command payments where there is none", () => {
      const { status, stderr } = run("payments completion tcsh");
      expect({ status, stderr }).toEqual({
        status: 2,
        stderr: expect.stringContaining("Allowed choices are zsh, bash"),
      });
    });
  });
}
