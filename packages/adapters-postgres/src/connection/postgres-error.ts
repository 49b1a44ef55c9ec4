import { isNativeError } from "node:util/types";
import { type StorageUnavailable, storageUnavailable } from "@payments/domain";
import { NotSentError } from "./coalescer.ts";

/** An error of PostgreSQL, its driver or the pool, without the statement and without any value. */
export class PostgresError extends Error {
  override readonly name = "PostgresError";
  /** SQLSTATE (PostgreSQL manual, appendix A), or Node's code such as `ECONNREFUSED`; or null. */
  readonly code: string | null;
  readonly table: string | null;
  readonly constraint: string | null;
  /** The database is unreachable or busy. The statement itself is not at fault. */
  readonly unavailable: boolean;

  constructor(message: string, fields: Pick<PostgresError, "code" | "table" | "constraint" | "unavailable">) {
    super(message);
    this.code = fields.code;
    this.table = fields.table;
    this.constraint = fields.constraint;
    this.unavailable = fields.unavailable;
  }
}

/** PostgreSQL's codes contain a digit. EPIPE has the same length and no digit. */
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/;
/** Classes: connection, resources, operator, system, rollback, log in, no such database. Then: read-only, idle, lock. */
const UNAVAILABLE = /^(?:08|53|57|58|40|28|3D|25006|25P03|25P04|55P03)/;
/** Messages of these classes name objects and settings of the server. Other messages may quote a value or the statement. */
const HARMLESS_MESSAGE = /^(?:08|53|57|58|40|28|3D|25|55|42(?!60))/;

/** Messages of errors from pg, tarn and Knex that have no code. */
const UNAVAILABLE_MESSAGES = new Set([
  "aborted",
  "timeout expired",
  "Connection terminated",
  "Connection terminated unexpectedly",
  "Connection ended unexpectedly",
  "Client was closed and is not queryable",
  "Client has encountered a connection error and is not queryable",
  "The server does not support SSL connections",
  "There was an error establishing an SSL connection",
  "Unable to acquire a connection",
]);

const textOf = (fields: object, name: string): string | null => {
  const value: unknown = Reflect.get(fields, name);
  return typeof value === "string" ? value : null;
};

/** Knex puts the statement and " - " in front of the message. */
const reported = (message: string): string => message.slice(message.lastIndexOf(" - ") + 1).replace(/^- /, "");

const fromServer = (error: Error, code: string): PostgresError => {
  const constraint = textOf(error, "constraint");
  const message = HARMLESS_MESSAGE.test(code) ? reported(error.message) : `statement failed ${constraint ?? ""}`.trim();
  return new PostgresError(`${code}: ${message}`, {
    code,
    table: textOf(error, "table"),
    constraint,
    unavailable: UNAVAILABLE.test(code),
  });
};

/** The same error without statement and values. Other errors are returned unchanged. */
export const toPostgresError = (cause: unknown): unknown => {
  if (!isNativeError(cause) || cause instanceof PostgresError) return cause;
  const code = textOf(cause, "code");
  if (code !== null && SQLSTATE.test(code)) return fromServer(cause, code);
  const message = reported(cause.message);
  const fromNetwork = code !== null && (cause.name === "Error" || cause.name === "AggregateError");
  if (fromNetwork || cause.name === "KnexTimeoutError" || UNAVAILABLE_MESSAGES.has(message)) {
    return new PostgresError(message || (code ?? cause.name), {
      code,
      table: null,
      constraint: null,
      unavailable: true,
    });
  }
  return cause;
};

const hasCode = (error: unknown, pattern: RegExp): boolean =>
  error instanceof PostgresError && error.code !== null && pattern.test(error.code);

/** Deadlock and serialization failure: PostgreSQL rolled the statement back, so it can be repeated. */
export const isRepeatable = (error: unknown): boolean => hasCode(error, /^(?:40P01|40001)$/);

/** Data exceptions, constraints and server limits: one row fails, and the whole batch is rolled back. */
export const isRowFault = (error: unknown): boolean => hasCode(error, /^(?:22|23|54)/);

/** Awaits a statement. Its rejection names neither the statement nor a value. */
export const sanitized = async <Value>(statement: PromiseLike<Value>): Promise<Value> => {
  try {
    return await statement;
  } catch (error) {
    throw toPostgresError(error);
  }
};

/** Maps a failure of the database or the network to `storage-unavailable`, and throws a bug. */
export const unavailableOrThrow = (cause: unknown): StorageUnavailable => {
  const error = toPostgresError(cause);
  if (error instanceof NotSentError || (error instanceof PostgresError && error.unavailable)) {
    return storageUnavailable(error);
  }
  throw error;
};
