import { CommanderError } from "commander";
import { EXIT } from "../exit-code.ts";
import { report } from "../report.ts";
import { buildProgram } from "./program.ts";

// Who reads what a command prints may stop before its end, as `head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  await buildProgram().parseAsync();
} catch (error) {
  // Commander has said it already; asking for help is no error.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  else process.exitCode = report(error);
}
