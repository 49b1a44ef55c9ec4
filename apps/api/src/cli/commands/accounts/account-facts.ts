import type { Client, ClientApiKeyUsage } from "@payments/domain";

/** A key may be older than this record, and the last minute may not be in it yet: so it is not said to be unused. */
const lastUse = (time: Date | null): string => time?.toISOString() ?? "no use recorded";

/** The keys of an account and their use, for people. */
export const keyFacts = ({ keyHint }: Client, { lastUsedAt, former }: ClientApiKeyUsage): [string, string][] => [
  ["API key", keyHint ?? "none"],
  ["last used", lastUse(lastUsedAt)],
  ...(former === null
    ? []
    : ([
        ["former key", former.keyHint ?? "without a hint"],
        ["works until", former.overlapEndsAt.toISOString()],
        ["last used", lastUse(former.lastUsedAt)],
        ["uses since the rotation", String(former.uses)],
      ] as [string, string][])),
];

/** An account, for people. */
export const accountFacts = (client: Client): [string, string][] => [
  ["account", client.id],
  ["name", client.name],
  ["email", client.email],
  ["status", client.status],
  ["created", client.createdAt.toISOString()],
  ["updated", client.updatedAt.toISOString()],
];
