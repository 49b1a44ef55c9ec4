import { eraseClient as erase } from "@payments/adapters-postgres";
import type { ClientId } from "@payments/domain";
import { CommandFailed } from "../../errors/command-failed.ts";
import { TOKENS as T } from "../../modules/tokens.ts";
import { createChangeLog, operator } from "../audit/operator-changes.ts";
import { withDatabase } from "../context.ts";
import type { JsonOption, YesOption } from "../options.ts";
import { MESSAGES } from "../outcome.ts";
import { print } from "../output.ts";
import { confirm } from "../prompt.ts";

const BATCH_SIZE = 1_000;

const REJECTIONS = {
  "client-not-found": MESSAGES["client-not-found"],
  "client-active": "The client is active. Close it first with `clients deactivate`.",
  "erase-not-allowed":
    "The role in DATABASE_URL cannot change payments. Run this command as the owner of the tables: docs/operating/personal-data.md.",
} as const;

export const eraseClient = async (id: ClientId, options: JsonOption & YesOption): Promise<void> => {
  await confirm(
    `Name, email address, keys, webhook endpoints, descriptions and metadata of client ${id} will be lost for good.`,
    options,
  );
  const result = await withDatabase((container) =>
    erase(container.get(T.Knex), id, { actor: operator(), batchSize: BATCH_SIZE }),
  );
  if (result.isErr()) throw new CommandFailed(`${REJECTIONS[result.error.type]} Nothing was erased.`);
  const { rows } = result.value;
  createChangeLog()("client-erased", id, { rows });
  print(options.json, { clientId: id, rows }, [
    `Erased client ${id}: name, email address, keys, webhook endpoints and the texts of ${rows} rows. Its payments stay.`,
  ]);
};
