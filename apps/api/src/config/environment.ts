/** The variables that a process was started with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The one place that reads the process's environment. */
export const environment = (): Environment => process.env;
