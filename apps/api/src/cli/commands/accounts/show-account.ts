import { toAccountDetailsJson } from "@payments/adapters-http";
import type { ClientId } from "@payments/domain";
import { found } from "../../outcome.ts";
import { facts, type JsonOption, print } from "../../output.ts";
import { withServices } from "../../services.ts";
import { accountFacts, keyFacts } from "./account-facts.ts";

export const showAccount = async (id: ClientId, { json }: JsonOption): Promise<void> => {
  const [client, usage] = await withServices(async ({ clients, apiKeyUsage }) => [
    await found(clients.find(id)),
    await found(apiKeyUsage.find(id)),
  ]);
  print(json, toAccountDetailsJson(client, usage), facts([...accountFacts(client), ...keyFacts(client, usage)]));
};
