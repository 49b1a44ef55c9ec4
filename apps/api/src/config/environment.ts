import { withSecretFiles } from "./secret-files.ts";

/** The variables that a process was started with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The one place that reads the process's environment. Secrets may stand in files: `withSecretFiles`. */
export const environment = (): Environment => withSecretFiles(process.env);
