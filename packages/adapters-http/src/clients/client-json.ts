import type { Client, ClientApiKeyUsage } from "@payments/domain";

/** An account as admins see it: the key's hint, never the key. */
export const toAccountJson = (client: Client) => ({
  id: client.id,
  name: client.name,
  email: client.email,
  status: client.status,
  keyHint: client.keyHint,
  createdAt: client.createdAt.toISOString(),
  updatedAt: client.updatedAt.toISOString(),
});

/** An account with the use of its keys. */
export const toAccountDetailsJson = (client: Client, { lastUsedAt, former }: ClientApiKeyUsage) => ({
  ...toAccountJson(client),
  apiKeyLastUsedAt: lastUsedAt?.toISOString() ?? null,
  formerApiKey: former && {
    keyHint: former.keyHint,
    overlapEndsAt: former.overlapEndsAt.toISOString(),
    lastUsedAt: former.lastUsedAt?.toISOString() ?? null,
    uses: former.uses,
  },
});
