import type { ClientApiKeyUsage } from "./api-key-usage.ts";
import type { Client } from "./client.ts";

/** A client without its key. */
export const toClientJson = (client: Client) => ({
  id: client.id,
  name: client.name,
  email: client.email,
  mode: client.mode,
  status: client.status,
  keyHint: client.keyHint,
  fee: { basisPoints: Number(client.fee.basisPoints), fixed: Number(client.fee.fixed) },
  processorAccount: client.processorAccount,
  processorChargesEnabled: client.processorChargesEnabled,
  createdAt: client.createdAt.toISOString(),
  updatedAt: client.updatedAt.toISOString(),
});

/** A client with the last use of its keys. */
export const toClientDetailsJson = (client: Client, { lastUsedAt, former, ended }: ClientApiKeyUsage) => ({
  ...toClientJson(client),
  apiKeyLastUsedAt: lastUsedAt?.toISOString() ?? null,
  formerApiKey: former && {
    keyHint: former.keyHint,
    overlapEndsAt: former.overlapEndsAt.toISOString(),
    lastUsedAt: former.lastUsedAt?.toISOString() ?? null,
    uses: former.uses,
  },
  endedApiKey: ended && {
    keyHint: ended.keyHint,
    endedAt: ended.endedAt.toISOString(),
    lastUsedAt: ended.lastUsedAt?.toISOString() ?? null,
  },
});
