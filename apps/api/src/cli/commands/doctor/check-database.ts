import {
  type DatabaseInspection,
  inspectDatabase,
  inspectRuntimeRights,
  type Knex,
  migrationStatus,
} from "@payments/adapters-postgres";
import { type Check, fault, ok, skipped, warning } from "./check.ts";
import { checkInspection } from "./check-inspection.ts";
import { checkKeys } from "./check-keys.ts";

const schema = async (knex: Knex): Promise<Check> => {
  const { applied, pending } = await migrationStatus(knex);
  return pending.length === 0
    ? ok("schema", `up to date: ${applied.at(-1)}`)
    : fault("schema", `pending: ${pending.join(", ")}`, "Run `migrate up` as the owner of the schema.");
};

const rights = async (knex: Knex, { role }: DatabaseInspection, isEmbedded: boolean): Promise<Check> => {
  const { missing, isOwner } = await inspectRuntimeRights(knex);
  if (missing.length > 0) {
    const advice = `Run \`migrate up --grant ${role}\` as the owner of the schema.`;
    return fault("rights", `the role ${role} lacks ${missing.join(", ")}`, advice);
  }
  if (isOwner && !isEmbedded) {
    const advice = "Run the service as a role of its own (docs/operating/database-roles.md).";
    return warning("rights", `the role ${role} could change the schema and delete payments`, advice);
  }
  return ok(
    "rights",
    isEmbedded ? `the role ${role} may do all` : `the role ${role} has what the service needs, and no more`,
  );
};

/** What the database tells about itself. Rejects where it does not answer. */
export const checkDatabase = async (knex: Knex, isEmbedded: boolean): Promise<Check[]> => {
  const inspection = await inspectDatabase(knex);
  const general = checkInspection(inspection);
  const stand = await schema(knex);
  if (stand.status !== "ok") {
    const why = "the schema is not up to date";
    return [...general, stand, skipped("rights", why), skipped("keys", why)];
  }
  const permitted = await rights(knex, inspection, isEmbedded);
  const keys = permitted.status === "fault" ? skipped("keys", "the role lacks rights") : await checkKeys(knex);
  return [...general, stand, permitted, keys];
};
