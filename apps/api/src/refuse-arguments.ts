import { CommandFailed, EXIT } from "./exit-code.ts";

/**
 * Throws where the service was started with arguments, which it would ignore. Only the first one's name is repeated:
 * what follows may be a secret.
 */
export const refuseArguments = ([first]: readonly string[]): void => {
  if (first === undefined) return;
  throw new CommandFailed(
    `The service takes no arguments, and was given ${first.split("=", 1)}: it is configured by environment variables, as in \`PORT=4000 npm start\`.\n` +
      "The page docs/reference/configuration.md has all of them. Operator's commands: `npm run cli -- --help`.",
    EXIT.usage,
  );
};
