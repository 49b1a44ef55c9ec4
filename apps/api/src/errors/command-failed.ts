/** The exit codes of the service and its commands. */
export const EXIT = {
  done: 0,
  /** The message gives the reason. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** An environment variable is missing or invalid. */
  configuration: 3,
  /** The database can't be reached, or rejects the login. */
  unreachable: 4,
} as const;

/** A failure that the operator can fix: reported as its message alone, without a stack. */
export class CommandFailed extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.name = "CommandFailed";
    this.exitCode = exitCode;
  }
}
