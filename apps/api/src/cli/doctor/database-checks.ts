import {
  countUndigestedApiKeys,
  type DatabaseInspection,
  inspectDatabase,
  inspectRuntimeRights,
  type Knex,
  migrationStatus,
} from "@payments/adapters-postgres";
import { environment } from "../../config/environment.ts";
import { readConfig } from "../../config/read-config.ts";
import { type Check, fault, ok, skipped, warning } from "./check.ts";
import { checkServer } from "./server-checks.ts";

const checkSchema = async (knex: Knex): Promise<Check> => {
  const { applied, pending } = await migrationStatus(knex);
  return pending.length === 0
    ? ok("schema", `up to date: ${applied.at(-1)}`)
    : fault("schema", `pending: ${pending.join(", ")}`, "Run `migrate up` as the owner of the schema.");
};

const checkRights = async (knex: Knex, { role }: DatabaseInspection, isEmbedded: boolean): Promise<Check> => {
  const { missing, isOwner } = await inspectRuntimeRights(knex);
  if (missing.length > 0) {
    const advice = `Run \`migrate up --grant ${role}\` as the owner of the schema.`;
    return fault("rights", `the role ${role} lacks ${missing.join(", ")}`, advice);
  }
  if (isEmbedded) return ok("rights", `the role ${role} has all rights`);
  if (isOwner) {
    const advice = "Run the service as a role of its own (docs/operating/database-roles.md).";
    return warning("rights", `the role ${role} can change the schema and delete payments`, advice);
  }
  return ok("rights", `the role ${role} has the rights that the service needs, and no more`);
};

/** Keys in plain text work for anyone who reads a backup. */
const checkKeys = async (knex: Knex): Promise<Check> => {
  const { apiKeys } = readConfig(environment(), ["apiKeys"]);
  const plain = await countUndigestedApiKeys(knex);
  if (apiKeys.storage === "plaintext") {
    const finding = `API_KEY_STORAGE is plaintext: ${plain} keys are stored in plain text`;
    return warning("keys", finding, "Unset it and run `keys digest`, unless another program reads the keys.");
  }
  return plain === 0
    ? ok("keys", "no key is stored in plain text")
    : warning("keys", `${plain} keys are stored in plain text`, "Run `keys digest`: the keys keep working.");
};

/** Rejects where the database does not answer. */
export const checkDatabase = async (knex: Knex, isEmbedded: boolean): Promise<Check[]> => {
  const inspection = await inspectDatabase(knex);
  const server = checkServer(inspection);
  const schema = await checkSchema(knex);
  if (schema.status !== "ok") {
    const reason = "the schema is not up to date";
    return [...server, schema, skipped("rights", reason), skipped("keys", reason)];
  }
  const rights = await checkRights(knex, inspection, isEmbedded);
  const keys = rights.status === "fault" ? skipped("keys", "the role lacks rights") : await checkKeys(knex);
  return [...server, schema, rights, keys];
};
