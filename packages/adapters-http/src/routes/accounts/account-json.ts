import type { Client } from "@payments/domain";

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
