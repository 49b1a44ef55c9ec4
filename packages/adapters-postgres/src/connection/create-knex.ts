import knexPackage, { type Knex } from "knex";
import { parseDatabaseUrl } from "./database-url.ts";

// Knex is CommonJS: Node finds no named export of it.
const { knex } = knexPackage;

const CONNECT_MILLISECONDS = 2_000;
/** For a free or a new connection. A response is due within 2 s, and half of that is reserved for the work. */
const ACQUIRE_MILLISECONDS = 1_000;
/** In milliseconds. The server enforces them. */
const SERVER_LIMITS = {
  statement_timeout: 3_000,
  lock_timeout: 2_000,
  idle_in_transaction_session_timeout: 5_000,
};
/** For a server that stopped responding. One that works cancels the statement earlier. */
const ANSWER_MILLISECONDS = 4_000;

export interface KnexOptions {
  /** `postgres://user:password@host:port/database?sslmode=verify-full`: see `parseDatabaseUrl`. */
  readonly connectionString: string;
  /** Maximum connections. They open on demand. Default 10. */
  readonly poolSize?: number;
  /** Name of the connections in `pg_stat_activity`. Default `payments`. */
  readonly applicationName?: string;
}

type Answer = (error: Error | null, result?: unknown) => void;

/** The parts of `pg.Client` that are used here. */
interface RawConnection {
  query(config: { readonly text: string; readonly query_timeout?: number }, answer: Answer): void;
  end(ended: () => void): void;
  once(event: "end", listener: () => void): void;
  readonly connection: { readonly stream: { destroy(error: Error): void } };
}

const destroy = (raw: RawConnection, message: string): void =>
  raw.connection.stream.destroy(Object.assign(new Error(message), { code: "ETIMEDOUT" }));

/**
 * Destroys a connection that does not respond in time. pg's own `query_timeout` would leave it in the pool, still busy.
 * The idle connections are destroyed too: if one is dead, the next statement on each of them would wait as long. A
 * statement that may take longer sets `.options({ query_timeout: milliseconds })`.
 */
const limitAnswerTime = (raw: RawConnection, idle: Set<RawConnection>): void => {
  const send = raw.query.bind(raw);
  raw.query = ({ query_timeout: milliseconds = ANSWER_MILLISECONDS, ...config }, answer) => {
    idle.delete(raw);
    const timer = setTimeout(() => {
      for (const one of [raw, ...idle]) destroy(one, `no response within ${milliseconds} ms`);
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

/** Knex would print statements. They reach the caller as errors. */
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
