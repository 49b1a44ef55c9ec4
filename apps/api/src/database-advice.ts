import { environment } from "./config/environment.ts";
import { isLocal, POSTGRES_DIRECTORY } from "./local-data.ts";

const NO_SUCH_DATABASE = "3D000";
/** The class of all that may be wrong with user, password or `pg_hba.conf`. */
const LOGIN = /^28...$/;

/** Without `DATABASE_URL` there is none to check. */
const isEmbedded = (): boolean => isLocal(environment());

/** What to do where PostgreSQL answers and lets nobody in; undefined for any other error. */
export const adviceOnRefusal = (error: unknown): string | undefined => {
  const code = String((error as { readonly code?: unknown } | null)?.code ?? "");
  if (LOGIN.test(code)) {
    return isEmbedded()
      ? `Delete ${POSTGRES_DIRECTORY}.password, which holds another password, and start again: a new one is made.`
      : "Check user and password in DATABASE_URL, and that pg_hba.conf lets this user in from here.";
  }
  return code === NO_SUCH_DATABASE ? "Create the database, or name another one in DATABASE_URL." : undefined;
};

/** What to do where the database does not answer. */
export const adviceOnSilence = (): string =>
  isEmbedded()
    ? "The embedded PostgreSQL has ended, perhaps with the service: start that, or the command, again."
    : "Check DATABASE_URL and that PostgreSQL runs.";
