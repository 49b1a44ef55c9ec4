import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { TestDatabase } from "./test-database.ts";

const CREATE_ROLES = new URL("../../deploy/postgres/create-roles.sql", import.meta.url);
const PASSWORD = "a password";

/** The roles of a production database, created by the shipped script. */
export interface ServiceRoles {
  /** The names that replace payments_owner and payments_app. */
  readonly owner: string;
  readonly app: string;
  readonly password: string;
  /** The connection string for a role. */
  urlOf(role: string): string;
  /** Call this before the database is dropped. */
  drop(): Promise<void>;
}

/** Roles are shared by the whole server, so each test database has its own role names. */
export const createServiceRoles = async ({ knex, url }: TestDatabase): Promise<ServiceRoles> => {
  const suffix = randomBytes(4).toString("hex");
  const [owner, app] = [`payments_owner_${suffix}`, `payments_app_${suffix}`];
  const script = await readFile(CREATE_ROLES, "utf8");
  const renamed = script.replaceAll("payments_owner", owner).replaceAll("payments_app", app);
  await knex.raw(renamed);
  await knex.raw(renamed); // the script must be safe to run again
  for (const role of [owner, app]) await knex.raw(`alter role ?? password '${PASSWORD}'`, [role]);
  return {
    owner,
    app,
    password: PASSWORD,
    urlOf: (role) => Object.assign(new URL(url), { username: role, password: PASSWORD }).href,
    drop: async () => {
      await knex.raw("reassign owned by ?? to current_user", [owner]);
      for (const role of [app, owner]) {
        await knex.raw("drop owned by ??", [role]);
        await knex.raw("drop role ??", [role]);
      }
    },
  };
};
