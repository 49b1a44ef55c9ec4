import { PostgresError } from "@payments/adapters-postgres";
import { ConfigError } from "./config/config-error.ts";
import { adviceOnRefusal, adviceOnSilence } from "./database-advice.ts";
import { CommandFailed, EXIT } from "./exit-code.ts";

const UNREACHABLE = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|57P03)$/;

const INSUFFICIENT_PRIVILEGE = "42501";
/** A table, column or function is not there. */
const OTHER_SCHEMA = /^42(P01|703|883)$/;
/** What Node says of a certificate that it does not trust. */
const CERTIFICATE = /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|ERR_TLS_CERT_|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH)/;

const codeOf = (error: unknown): string => String((error as { readonly code?: unknown } | null)?.code ?? "");

const isUnreachable = (error: unknown): boolean =>
  (error instanceof PostgresError && error.unavailable) ||
  UNREACHABLE.test(codeOf(error)) ||
  (error instanceof AggregateError && error.errors.some(isUnreachable)) ||
  (error instanceof Error && /timeout/i.test(error.message) && /connect|acquir/i.test(error.message));

const reasonOf = (error: unknown): string => {
  const first = error instanceof AggregateError && error.message === "" ? error.errors[0] : error;
  return first instanceof Error ? first.message : String(first);
};

/** Tells the operator what went wrong, on stderr, and returns the exit code that says it to a machine. */
export const report = (error: unknown): number => {
  if (error instanceof ConfigError) {
    console.error(error.message);
    return EXIT.configuration;
  }
  if (error instanceof CommandFailed) {
    console.error(error.message);
    return error.exitCode;
  }
  if (CERTIFICATE.test(codeOf(error))) {
    console.error(
      `The certificate of the database was refused: ${reasonOf(error)}\n` +
        "Name the file with its authority's certificate as sslrootcert in DATABASE_URL, and the host as in the certificate.",
    );
    return EXIT.unreachable;
  }
  const advice = adviceOnRefusal(error);
  if (advice !== undefined) {
    console.error(`PostgreSQL answered and refused: ${reasonOf(error)}\n${advice}`);
    return EXIT.unreachable;
  }
  if (isUnreachable(error)) {
    console.error(`The database could not be reached: ${reasonOf(error)}\n${adviceOnSilence()}`);
    return EXIT.unreachable;
  }
  if (codeOf(error) === INSUFFICIENT_PRIVILEGE) {
    console.error(
      `The role in DATABASE_URL lacks a right: ${reasonOf(error)}\n` +
        "Migrate as the owner of the schema, with `npm run cli -- migrate up --grant <role of the service>`.",
    );
    return EXIT.failed;
  }
  if (OTHER_SCHEMA.test(codeOf(error))) {
    console.error(
      `The database's schema is not up to date: ${reasonOf(error)}\nBring it up to date with \`npm run cli -- migrate up\`.`,
    );
    return EXIT.failed;
  }
  console.error(error);
  return EXIT.failed;
};
