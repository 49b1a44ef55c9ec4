import { type Argument, type Command, Help } from "commander";
import { isRunByNpm } from "../config/environment.ts";

/** How people in a clone of the repository call the program. */
export const NPM_CALL = "npm run -s cli --";

/** The command's usage, with the call that the user typed. */
export const usageOf = (command: Command): string => {
  const usage = new Help().commandUsage(command);
  return isRunByNpm("cli") ? usage.replace(/^\S+/, NPM_CALL) : usage;
};

const accepts = ({ parseArg }: Argument, value: string | undefined): boolean => {
  try {
    parseArg?.(value ?? "", undefined);
    return value !== undefined;
  } catch {
    return false;
  }
};

/** Commander reports the last argument, also if the user left out the first one: the client. */
const missingArgument = ({ registeredArguments, args }: Command): string | undefined => {
  const [first, ...rest] = registeredArguments.filter(({ required }) => required);
  const isFirst = args.length === rest.length && rest.every((argument, index) => accepts(argument, args[index]));
  return (isFirst ? first : registeredArguments[args.length])?.name();
};

/** Commander suggests only options, so it misses that the unknown option is the name of an argument. */
const argumentTypedAsOption = (command: Command, error: string): string | undefined => {
  const name = /^error: unknown option '--([^'=]+)/.exec(error)?.[1];
  return command.registeredArguments.find((argument) => argument.name() === name)?.name();
};

/** Commander's message, with what the user can do. */
export const explainUsage = (command: Command, error: string): string => {
  const typed = argumentTypedAsOption(command, error);
  if (typed !== undefined) {
    return `error: unknown option '--${typed}'\n(The ${typed} is an argument: ${usageOf(command)})\n`;
  }
  if (error.startsWith("error: missing required argument")) {
    return `error: missing required argument '${missingArgument(command)}'\nUsage: ${usageOf(command)}\n`;
  }
  if (error.startsWith("error: required option")) return `${error}Usage: ${usageOf(command)}\n`;
  if (error.startsWith("error: unknown command")) {
    const call = usageOf(command).replace(" [options] [command]", "");
    return `${error}(\`${call} --help\` lists the commands.)\n`;
  }
  return error;
};
