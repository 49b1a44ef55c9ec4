import { describe, expect, it } from "@jest/globals";
import { NotSentError } from "../../src/connection/coalescer.ts";
import { PostgresError, sanitized, toPostgresError, unavailableOrThrow } from "../../src/connection/postgres-error.ts";

const STATEMENT = "insert into clients (api_key) values ('pak_live_secret')";

/** As Knex rejects: the statement in front of the message. */
const reported = (message: string, fields: object = {}): Error =>
  Object.assign(new Error(`${STATEMENT} - ${message}`), fields);

describe("an error of the database", () => {
  it.each([
    ["08006", "connection failure"],
    ["53300", "sorry, too many clients already"],
    ["57014", "canceling statement due to statement timeout"],
    ["57P01", "terminating connection due to administrator command"],
    ["58030", "could not read block"],
    ["40P01", "deadlock detected"],
    ["25006", "cannot execute INSERT in a read-only transaction"],
    ["25P03", "terminating connection due to idle-in-transaction timeout"],
    ["55P03", "canceling statement due to lock timeout"],
    ["28P01", "password authentication failed"],
    ["3D000", "database does not exist"],
  ])("with SQLSTATE %s is storage-unavailable, with its message", (code, message) => {
    const { type, cause } = unavailableOrThrow(reported(message, { code }));
    expect({ type, cause }).toMatchObject({ type: "storage-unavailable", cause: { code, unavailable: true } });
    expect((cause as Error).message).toBe(`${code}: ${message}`);
  });

  it.each([
    ["22P02", 'invalid input syntax for type uuid: "pak_live_secret"'],
    ["23505", 'duplicate key value violates unique constraint "clients_pkey"'],
    ["42601", 'syntax error at or near "pak_live_secret"'],
    ["42P01", 'relation "payments" does not exist'],
    ["25P02", "current transaction is aborted"],
    ["XX000", "cache lookup failed"],
  ])("with SQLSTATE %s is a bug, and is thrown", (code, message) => {
    expect(() => unavailableOrThrow(reported(message, { code }))).toThrow(PostgresError);
  });

  it("keeps a message that names only schema objects", () => {
    const error = toPostgresError(reported('relation "payments" already exists', { code: "42P07" }));
    expect((error as Error).message).toBe('42P07: relation "payments" already exists');
  });

  it("keeps code, table and constraint, without statement, values and detail", () => {
    const original = reported('duplicate key value: "pak_live_secret"', {
      code: "23505",
      table: "clients",
      constraint: "clients_api_key_key",
      detail: "Key (api_key)=(pak_live_secret) already exists.",
      where: STATEMENT,
    });
    const error = toPostgresError(original) as PostgresError;
    expect(error).toMatchObject({ code: "23505", table: "clients", constraint: "clients_api_key_key" });
    expect(error.message).toBe("23505: statement failed clients_api_key_key");
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/secret|insert/);
  });
});

describe("an error of the connection", () => {
  it.each([
    [reported("Connection terminated unexpectedly")],
    [new Error("Connection terminated")],
    [new Error("timeout expired")],
    [new Error("Unable to acquire a connection")],
    [new Error("aborted")],
    [Object.assign(new Error("Knex: Timeout acquiring a connection."), { name: "KnexTimeoutError", sql: STATEMENT })],
    [Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED", syscall: "connect" })],
    [reported("write EPIPE", { code: "EPIPE" })],
    [Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" })],
    [Object.assign(new Error("self-signed certificate"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" })],
    [new NotSentError("the queue is full")],
  ])("is storage-unavailable: %s", (error) => {
    const { type, cause } = unavailableOrThrow(error);
    expect(type).toBe("storage-unavailable");
    expect((cause as Error).message).not.toMatch(/insert|secret/);
    expect((cause as Error).message).not.toBe("");
    expect(cause).not.toHaveProperty("sql");
  });
});

describe("an error of the program", () => {
  it.each([
    [new TypeError("undefined is not a function")],
    [Object.assign(new TypeError("bad argument"), { code: "ERR_INVALID_ARG_TYPE" })],
    [new Error("something else")],
  ])("is thrown as it is: %s", async (error) => {
    expect(() => unavailableOrThrow(error)).toThrow(error);
    await expect(sanitized(Promise.reject(error))).rejects.toBe(error);
  });

  it("is rethrown unchanged, even if it is not an Error", () => {
    expect(toPostgresError("text")).toBe("text");
    expect(toPostgresError(undefined)).toBeUndefined();
  });
});
