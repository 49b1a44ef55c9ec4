import { randomBytes } from "node:crypto";
import { createKnex, type Knex } from "@payments/adapters-postgres";
import pg from "pg";
import { linesOfLogs } from "../../scripts/postgres-log.mjs";

export interface TestDatabase {
  /** Connection string of a database for this test only. */
  readonly url: string;
  /** A pool that `drop` closes. */
  readonly knex: Knex;
  /** The server's log of this database. Empty if the server does not belong to the test run. */
  log(): Promise<string>;
  /** The output of pg_dump, or null if the server is not a container with pg_dump. */
  dump(): Promise<string | null>;
  /**
   * Sessions whose statements PostgreSQL does not log, for tests that put plain API keys into SQL. A test run fails if
   * its log contains a key (scripts/postgres-log.mjs).
   */
  readonly unlogged: { readonly url: string; readonly knex: Knex };

  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** Whether the database has the current schema. Default: true. */
  readonly migrated?: boolean;
  /** Default: UTF8. Another encoding requires an empty database. */
  readonly encoding?: "UTF8" | "LATIN1";
}

const environment = (name: string): string => {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`${name} is not set. Only integration and end-to-end tests have a database.`);
  return value;
};

const UNLOGGED = `?options=${encodeURIComponent("-c log_statement=none")}`;

/** Without the application's time limits, which a busy machine exceeds. */
const onServer = async (statement: string): Promise<void> => {
  const server = new pg.Client(environment("TEST_SERVER_URL"));
  await server.connect();
  try {
    await server.query(statement);
  } finally {
    await server.end();
  }
};

const logOf = async (folder: string, name: string): Promise<string> => {
  const lines: string[] = [];
  let concerned = false;
  for await (const line of folder === "" ? [] : linesOfLogs(folder)) {
    // Continuation lines of an entry are indented.
    concerned = line.startsWith("\t") ? concerned : line.includes(name);
    if (concerned) lines.push(line);
  }
  return lines.join("\n");
};

const dumpOf = async (container: string, url: string): Promise<string | null> => {
  if (container === "") return null;
  const { getContainerRuntimeClient } = await import("testcontainers"); // expensive to load in every test
  const { container: containers } = await getContainerRuntimeClient();
  const inside = Object.assign(new URL(url), { host: "127.0.0.1:5432" }).href;
  const { output, exitCode } = await containers.exec(containers.getById(container), ["pg_dump", inside]);
  if (exitCode !== 0) throw new Error(`pg_dump: ${output}`);
  return output;
};

/** A new copy of the migrated template, or an empty database. Drop it after the last test that uses it. */
export const createTestDatabase = async ({
  migrated = true,
  encoding = "UTF8",
}: TestDatabaseOptions = {}): Promise<TestDatabase> => {
  const template = environment("TEST_TEMPLATE_DATABASE");
  const name = `${template}_${randomBytes(6).toString("hex")}`;
  const [own, source] = [name, migrated ? template : "template0"].map(pg.escapeIdentifier);
  const locale = encoding === "UTF8" ? "" : ` encoding '${encoding}' locale 'C'`;
  await onServer(`create database ${own} template ${source}${locale}`);
  const url = Object.assign(new URL(environment("TEST_SERVER_URL")), { pathname: `/${name}` }).href;
  const unloggedUrl = environment("TEST_SERVER_LOG") === "" ? url : url + UNLOGGED;
  const [knex, unloggedKnex] = [url, unloggedUrl].map((connectionString) =>
    createKnex({ connectionString, applicationName: "tests" }),
  ) as [Knex, Knex];
  return {
    url,
    knex,
    log: () => logOf(environment("TEST_SERVER_LOG"), name),
    dump: () => dumpOf(environment("TEST_SERVER_CONTAINER"), url),
    unlogged: { url: unloggedUrl, knex: unloggedKnex },
    drop: async () => {
      await Promise.all([knex.destroy(), unloggedKnex.destroy()]);
      await onServer(`drop database ${own} with (force)`);
    },
  };
};
