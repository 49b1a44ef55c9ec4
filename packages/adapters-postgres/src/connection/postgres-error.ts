import { isNativeError } from "node:util/types";
import { type StorageUnavailable, storageUnavailable } from "@payments/domain";
import { NotSentError } from "./coalescer.ts";

/** What PostgreSQL, its driver or the pool reported, without the statement's text and without any value in it. */
export class PostgresError extends Error {
  override readonly name = "PostgresError";
  /** SQLSTATE (PostgreSQL manual, appendix A), or Node's code such as `ECONNREFUSED`; null where there is none. */
  readonly code: string | null;
  readonly table: string | null;
  readonly constraint: string | null;
  /** The database is away or busy: no fault of the statement. */
  readonly unavailable: boolean;

  constructor(message: string, fields: Pick<PostgresError, "code" | "table" | "constraint" | "unavailable">) {
    super(message);
    this.code = fields.code;
    this.table = fields.table;
    this.constraint = fields.constraint;
    this.unavailable = fields.unavailable;
  }
}

/** PostgreSQL's codes have a digit; EPIPE, of the same length, none. */
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/;
/** Classes: connection, resources, operator, system, rollback, log in, no such database. Then: read-only, idle, lock. */
const UNAVAILABLE = /^(?:08|53|57|58|40|28|3D|25006|25P03|25P04|55P03)/;
/** Their messages name objects and settings of the server; those of others may quote a value or the statement. */
const HARMLESS_MESSAGE = /^(?:08|53|57|58|40|28|3D|25|55|42(?!60))/;

/** What pg, tarn and Knex say in errors without a code. */
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

/** Knex puts the statement and " - " in front of what was reported. */
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

/** The same error without statement and values. What does not come from the database is returned as it is. */
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

/** Awaits a statement; what it rejects with names neither the statement nor a value. */
export const sanitized = async <Value>(statement: PromiseLike<Value>): Promise<Value> => {
  try {
    return await statement;
  } catch (error) {
    throw toPostgresError(error);
  }
};

/** A fault of the world as a `storage-unavailable`; a bug is thrown, so that it is not taken for one. */
export const unavailableOrThrow = (cause: unknown): StorageUnavailable => {
  const error = toPostgresError(cause);
  if (error instanceof NotSentError || (error instanceof PostgresError && error.unavailable)) {
    return storageUnavailable(error);
  }
  throw error;
};
