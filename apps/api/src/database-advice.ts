const NO_SUCH_DATABASE = "3D000";
/** The class of all that may be wrong with user, password or `pg_hba.conf`. */
const LOGIN = /^28...$/;

/** What to do where PostgreSQL answers and lets nobody in; undefined for any other error. */
export const adviceOnRefusal = (error: unknown): string | undefined => {
  const code = String((error as { readonly code?: unknown } | null)?.code ?? "");
  if (LOGIN.test(code)) {
    return "Check user and password in DATABASE_URL, and that pg_hba.conf lets this user in from here.";
  }
  return code === NO_SUCH_DATABASE ? "Create the database, or name another one in DATABASE_URL." : undefined;
};
