import { BucketMismatch, PostgresError } from "@payments/adapters-postgres";
import { ConfigError, environment } from "../config/environment.ts";
import { isLocal, POSTGRES_DIRECTORY } from "../local/local-data.ts";
import { tell } from "../terminal/wrap.ts";
import { CommandFailed, EXIT } from "./command-failed.ts";

const UNREACHABLE = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|57P03)$/;
const NO_SUCH_DATABASE = "3D000";
const INSUFFICIENT_PRIVILEGE = "42501";
/** The class of wrong users, wrong passwords and rejections by `pg_hba.conf`. */
const LOGIN = /^28...$/;
/** A table, column or function does not exist. */
const OTHER_SCHEMA = /^42(P01|703|883)$/;
/** Node's codes for a certificate that it does not trust. */
const CERTIFICATE = /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|ERR_TLS_CERT_|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH)/;

const isEmbedded = (): boolean => isLocal(environment());

const codeOf = (error: unknown): string => String((error as { readonly code?: unknown } | null)?.code ?? "");

/** What to do when PostgreSQL answers and rejects the login; undefined for any other error. */
export const adviceOnRefusal = (error: unknown): string | undefined => {
  const code = codeOf(error);
  if (LOGIN.test(code)) {
    return isEmbedded()
      ? `Delete ${POSTGRES_DIRECTORY}.password, which holds a wrong password, and start again: a new one is created.`
      : "Check user and password in DATABASE_URL, and that pg_hba.conf accepts this user from this machine.";
  }
  return code === NO_SUCH_DATABASE ? "Create the database, or name another one in DATABASE_URL." : undefined;
};

/** What to do when the database does not answer. */
export const adviceOnSilence = (): string =>
  isEmbedded()
    ? "The embedded PostgreSQL has ended, perhaps with the service: start the service or the command again."
    : "Check DATABASE_URL and that PostgreSQL runs.";

const isUnreachable = (error: unknown): boolean =>
  (error instanceof PostgresError && error.unavailable) ||
  UNREACHABLE.test(codeOf(error)) ||
  (error instanceof AggregateError && error.errors.some(isUnreachable)) ||
  (error instanceof Error && /timeout/i.test(error.message) && /connect|acquir/i.test(error.message));

const reasonOf = (error: unknown): string => {
  const first = error instanceof AggregateError && error.message === "" ? error.errors[0] : error;
  return first instanceof Error ? first.message : String(first);
};

/** Message and exit code for an error; undefined for a bug. */
const explain = (error: unknown): readonly [exitCode: number, message: string] | undefined => {
  if (error instanceof ConfigError) return [EXIT.configuration, error.message];
  if (error instanceof CommandFailed) return [error.exitCode, error.message];
  if (error instanceof BucketMismatch) return [EXIT.failed, error.message];
  const [code, reason, refusal] = [codeOf(error), reasonOf(error), adviceOnRefusal(error)];
  if (CERTIFICATE.test(code)) {
    const advice =
      "Set sslrootcert in DATABASE_URL to the file with its authority's certificate, and the host to the name in the certificate.";
    return [EXIT.unreachable, `The certificate of the database is not trusted: ${reason}\n${advice}`];
  }
  if (refusal !== undefined) return [EXIT.unreachable, `PostgreSQL answered and refused: ${reason}\n${refusal}`];
  if (isUnreachable(error)) {
    return [EXIT.unreachable, `The database could not be reached: ${reason}\n${adviceOnSilence()}`];
  }
  if (code === INSUFFICIENT_PRIVILEGE) {
    const advice =
      "Migrate as the owner of the schema, with `npm run cli -- migrate up --grant <role of the service>`.";
    return [EXIT.failed, `The role in DATABASE_URL lacks a right: ${reason}\n${advice}`];
  }
  if (OTHER_SCHEMA.test(code)) {
    const advice = "Bring it up to date with `npm run cli -- migrate up`.";
    return [EXIT.failed, `The database schema is not up to date: ${reason}\n${advice}`];
  }
  return undefined;
};

/** Reports an error to the operator on stderr, and returns the exit code for it. */
export const report = (error: unknown): number => {
  const explained = explain(error);
  if (explained === undefined) {
    console.error(error);
    return EXIT.failed;
  }
  const [exitCode, message] = explained;
  tell(message);
  return exitCode;
};
