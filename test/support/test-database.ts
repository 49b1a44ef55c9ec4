import { randomBytes } from "node:crypto";
import { createKnex, type Knex } from "@payments/adapters-postgres";

export interface TestDatabase {
  /** Connection string of a database that nobody else uses. */
  readonly url: string;
  /** A pool on it, closed by `drop`. */
  readonly knex: Knex;

  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** False: an empty database. Default true: one with the current schema. */
  readonly migrated?: boolean;
}

const environment = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: only integration and end-to-end tests have a database`);
  return value;
};

/** Creating a database may take longer than a statement of the application ever may. */
const onServer = async (statement: string, names: readonly string[]): Promise<void> => {
  const server = createKnex({ connectionString: environment("TEST_SERVER_URL"), poolSize: 1 });
  try {
    await server.raw("set statement_timeout = '60s'");
    await server.raw(statement, names).options({ query_timeout: 60_000 });
  } finally {
    await server.destroy();
  }
};

/** A fresh copy of the migrated template, or an empty database. Drop it after the last test that uses it. */
export const createTestDatabase = async ({ migrated = true }: TestDatabaseOptions = {}): Promise<TestDatabase> => {
  const template = environment("TEST_TEMPLATE_DATABASE");
  const name = `${template}_${randomBytes(6).toString("hex")}`;
  await onServer("create database ?? template ??", [name, migrated ? template : "template0"]);
  const url = Object.assign(new URL(environment("TEST_SERVER_URL")), { pathname: `/${name}` }).href;
  const knex = createKnex({ connectionString: url, applicationName: "tests" });
  return {
    url,
    knex,
    drop: async () => {
      await knex.destroy();
      await onServer("drop database ?? with (force)", [name]);
    },
  };
};
