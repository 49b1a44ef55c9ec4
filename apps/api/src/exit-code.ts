/** What the exit code of a command says. */
export const EXIT = {
  done: 0,
  /** The command ran and did not succeed; its message says why. */
  failed: 1,
  /** The command line was not understood. */
  usage: 2,
  /** An environment variable is missing or not usable. */
  configuration: 3,
  /** The database could not be reached, or let nobody in. */
  unreachable: 4,
} as const;

/** A failure that the operator can do something about: shown as its message alone, without a stack. */
export class CommandFailed extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.name = "CommandFailed";
    this.exitCode = exitCode;
  }
}
