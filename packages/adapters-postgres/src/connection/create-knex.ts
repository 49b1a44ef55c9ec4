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
/** For a server that stopped responding. A working server cancels the statement earlier. */
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
 * Overrides the settings of the server, the database and the role. Legacy columns without a time zone hold UTC. The
 * guarantees about revocations need READ COMMITTED. A commit is acknowledged once it is durable, also on synchronous
 * standbys. `remote_apply` is stricter than `on`, so it stays. Compiling a statement takes longer than any statement here.
 */
const SESSION = `set time zone 'UTC'; set jit = off; set default_transaction_isolation = 'read committed';
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
 * A connection pool with time limits: 2 s to connect, 1 s to wait for a connection, 3 s for a statement, 2 s for a
 * lock, 5 s for an idle transaction, 4 s for a response. `destroy()` closes it.
 */
export const createKnex = ({ connectionString, poolSize = 10, applicationName = "payments" }: KnexOptions): Knex =>
  knex({
    client: "pg",
    // The oldest supported version. Knex would otherwise query it on the first connection.
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
