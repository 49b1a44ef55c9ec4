import { toAccountDetailsJson } from "@payments/adapters-http";
import type { ClientId, FormerApiKeyUsage } from "@payments/domain";
import { found } from "../../outcome.ts";
import { facts, hint, type JsonOption, print } from "../../output.ts";
import { withServices } from "../../services.ts";
import { keyFacts } from "../accounts/account-facts.ts";

/** A use before now need not mean one to come: how long ago it was, the operator sees. */
const adviceOn = ({ uses, overlapEndsAt }: FormerApiKeyUsage): string =>
  uses === 0
    ? "Nobody has used the former key since the rotation. Uses are known to the minute."
    : `Somebody used the former key after the rotation: whoever still does must change before ${overlapEndsAt.toISOString()}.`;

export const showKey = async (id: ClientId, { json }: JsonOption): Promise<void> => {
  const [client, usage] = await withServices(async ({ clients, apiKeyUsage }) => [
    await found(clients.find(id)),
    await found(apiKeyUsage.find(id)),
  ]);
  const { keyHint, apiKeyLastUsedAt, formerApiKey } = toAccountDetailsJson(client, usage);
  print(json, { accountId: id, keyHint, apiKeyLastUsedAt, formerApiKey }, facts(keyFacts(client, usage)));
  if (usage.former !== null && !json) hint(adviceOn(usage.former));
};
