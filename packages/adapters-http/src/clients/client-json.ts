import type { Client, ClientApiKeyUsage } from "@payments/domain";

/** A client as admins see it: the key's hint, never the key. */
export const toClientJson = (client: Client) => ({
  id: client.id,
  name: client.name,
  email: client.email,
  status: client.status,
  keyHint: client.keyHint,
  createdAt: client.createdAt.toISOString(),
  updatedAt: client.updatedAt.toISOString(),
});

/** A client with the use of its keys. */
export const toClientDetailsJson = (client: Client, { lastUsedAt, former }: ClientApiKeyUsage) => ({
  ...toClientJson(client),
  apiKeyLastUsedAt: lastUsedAt?.toISOString() ?? null,
  formerApiKey: former && {
    keyHint: former.keyHint,
    overlapEndsAt: former.overlapEndsAt.toISOString(),
    lastUsedAt: former.lastUsedAt?.toISOString() ?? null,
    uses: former.uses,
  },
});
