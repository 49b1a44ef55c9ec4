import { toAccountJson } from "@payments/adapters-http";
import type { ClientId, ClientStatus } from "@payments/domain";
import { confirm, type YesOption } from "../../ask.ts";
import { changedBy } from "../../outcome.ts";
import { type JsonOption, print } from "../../output.ts";
import { withChangingServices } from "../../services.ts";

const change = async (id: ClientId, status: ClientStatus, { json }: JsonOption): Promise<void> => {
  const client = await withChangingServices(async ({ updateClient, changed }) => {
    const updated = await changedBy(updateClient.execute(id, { status }));
    changed("account-updated", id, { keyHint: updated.keyHint, fields: ["status"], status: updated.status });
    return updated;
  });
  print(json, toAccountJson(client), [`Account ${client.id} is ${client.status}.`]);
};

export const activateAccount = (id: ClientId, options: JsonOption): Promise<void> => change(id, "active", options);

export const deactivateAccount = async (id: ClientId, options: JsonOption & YesOption): Promise<void> => {
  await confirm(`Every request of account ${id} will be refused from now on.`, options);
  await change(id, "inactive", options);
};
