import {
  checkBuckets,
  type Knex,
  keepEventPositions,
  migrate,
  migrationStatus,
  readEncoding,
} from "@payments/adapters-postgres";
import { CommandFailed } from "../errors/command-failed.ts";

/** Other encodings lack characters: storing one fails, and slows other clients down. */
export const ENCODING = "UTF8";

export const ENCODING_ADVICE = `Create a database with \`createdb --encoding ${ENCODING} --template template0\`, copy existing data with pg_dump and psql, and name the new database in DATABASE_URL.`;

/** @throws CommandFailed for a database with another encoding than UTF-8. */
export const requireUtf8 = async (knex: Knex): Promise<void> => {
  const encoding = await readEncoding(knex);
  if (encoding === ENCODING) return;
  throw new CommandFailed(`The database has the encoding ${encoding}, and must have ${ENCODING}.\n${ENCODING_ADVICE}`);
};

/**
 * Migrates the database if `migrateOnStart` allows it.
 * @throws CommandFailed when migrations are pending and not allowed, or the database can't store all texts.
 */
export const prepareSchema = async (knex: Knex, migrateOnStart: boolean): Promise<void> => {
  await requireUtf8(knex);
  if (migrateOnStart) {
    await migrate(knex);
    return;
  }
  const { pending } = await migrationStatus(knex);
  if (pending.length > 0) {
    throw new CommandFailed(
      `The database schema is not up to date, and MIGRATE_ON_START is false. Pending: ${pending.join(", ")}.\n` +
        "Run `npm run cli -- migrate up` as the owner of the schema, then start again.",
    );
  }
  await checkBuckets(knex);
  await keepEventPositions(knex);
};
