import { CommanderError } from "commander";
import { EXIT } from "../exit-code.ts";
import { report } from "../report.ts";
import { watchOutputs } from "./output.ts";
import { buildProgram } from "./program.ts";

const isTold = watchOutputs();

try {
  await buildProgram().parseAsync();
} catch (error) {
  // Commander has said it already; asking for help is no error.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  else if (!isTold(error)) process.exitCode = report(error);
}
