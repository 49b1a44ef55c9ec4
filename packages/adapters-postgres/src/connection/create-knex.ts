import knexPackage, { type Knex } from "knex";
import { parseDatabaseUrl } from "./database-url.ts";

// Knex is CommonJS: Node finds no named export of it.
const { knex } = knexPackage;

const CONNECT_MILLISECONDS = 2_000;
/** For a free connection or a new one. The acquire limit is 2 s: half of it is to answer in, hundreds at the same time. */
const ACQUIRE_MILLISECONDS = 1_000;
/** In milliseconds. The server keeps them. */
const SERVER_LIMITS = {
  statement_timeout: 3_000,
  lock_timeout: 2_000,
  idle_in_transaction_session_timeout: 5_000,
};
/** For a server that stopped answering; one that still works ends the statement itself before. */
const ANSWER_MILLISECONDS = 4_000;

export interface KnexOptions {
  /** `postgres://user:password@host:port/database?sslmode=verify-full`: see `parseDatabaseUrl`. */
  readonly connectionString: string;
  /** The most connections held at once; none is held before it is needed. Default 10. */
  readonly poolSize?: number;
  /** How the connections are named in `pg_stat_activity`. Default `payments`. */
  readonly applicationName?: string;
}

type Answer = (error: Error | null, result?: unknown) => void;

/** What is used of a `pg.Client` here. */
interface RawConnection {
  query(config: { readonly text: string; readonly query_timeout?: number }, answer: Answer): void;
  end(ended: () => void): void;
  once(event: "end", listener: () => void): void;
  readonly connection: { readonly stream: { destroy(error: Error): void } };
}

const destroy = (raw: RawConnection, message: string): void =>
  raw.connection.stream.destroy(Object.assign(new Error(message), { code: "ETIMEDOUT" }));

/**
 * Destroys a connection that did not answer a statement in time, so that it is never used again: pg's own
 * `query_timeout` gives up on the answer but leaves the connection in the pool, still busy. The idle ones go
 * with it: where one is dead, each of them would cost somebody else the same wait to find out. A statement
 * that may take longer says so by `.options({ query_timeout: milliseconds })`.
 */
const limitAnswerTime = (raw: RawConnection, idle: Set<RawConnection>): void => {
  const send = raw.query.bind(raw);
  raw.query = ({ query_timeout: milliseconds = ANSWER_MILLISECONDS, ...config }, answer) => {
    idle.delete(raw);
    const timer = setTimeout(() => {
      for (const one of [raw, ...idle]) destroy(one, `no answer within ${milliseconds} ms`);
      idle.clear();
    }, milliseconds);
    send(config, (error, result) => {
      clearTimeout(timer);
      idle.add(raw);
      answer(error, result);
    });
  };
  raw.once("end", () => idle.delete(raw));
};

/**
 * Legacy columns without a time zone are read and written as UTC, whatever the server's default; what these
 * adapters promise about revocations holds only under READ COMMITTED; and a commit is acknowledged when it is
 * durable, here and on the synchronous standbys, whatever the settings of the server, the database or the role.
 * `remote_apply` is stricter than `on`: it stays.
 */
const SESSION = `set time zone 'UTC'; set default_transaction_isolation = 'read committed';
  select set_config('synchronous_commit', 'on', false)
  where current_setting('synchronous_commit') <> 'remote_apply'`;

const prepareConnections = () => {
  const idle = new Set<RawConnection>();
  return (connection: RawConnection, done: (error?: Error) => void): void => {
    limitAnswerTime(connection, idle);
    connection.query({ text: SESSION }, (error) => {
      if (error) connection.end(() => {});
      done(error ?? undefined);
    });
  };
};

/** What Knex would print, statements included, reaches the caller as errors. */
const silent = { debug() {}, warn() {}, error() {}, deprecate() {} };

/**
 * A connection pool in which everything has a time limit: connecting 2 s, waiting for a connection 1 s, a
 * statement 3 s, a lock 2 s, a transaction that does nothing 5 s, an answer 4 s. `destroy()` closes it.
 */
export const createKnex = ({ connectionString, poolSize = 10, applicationName = "payments" }: KnexOptions): Knex =>
  knex({
    client: "pg",
    // Saves every first connection from being asked; the oldest that is supported.
    version: "15.0",
    connection: {
      ...parseDatabaseUrl(connectionString),
      application_name: applicationName,
      connectionTimeoutMillis: CONNECT_MILLISECONDS,
      ...SERVER_LIMITS,
      keepAlive: true,
    },
    pool: {
      min: 0,
      max: poolSize,
      createTimeoutMillis: CONNECT_MILLISECONDS + ANSWER_MILLISECONDS,
      destroyTimeoutMillis: CONNECT_MILLISECONDS,
      afterCreate: prepareConnections(),
    },
    acquireConnectionTimeout: ACQUIRE_MILLISECONDS,
    compileSqlOnError: false,
    log: silent,
  });
