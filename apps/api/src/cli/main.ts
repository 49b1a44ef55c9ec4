import { report } from "../report.ts";
import { buildProgram } from "./program.ts";

try {
  await buildProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
