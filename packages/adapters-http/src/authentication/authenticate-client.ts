import {
  type ApiKeyAuthenticator,
  type ApiKeyUsage,
  type AuthenticatedClient,
  type CachedApiKeys,
  parseApiKey,
} from "@payments/domain";
import type { Audit } from "../observability/audit.ts";
import { Problem } from "../problem/problem.ts";
import { problemFor } from "../problem/problem-for.ts";
import type { Context, Next } from "../routing/context.ts";
import { requireJsonAccepted } from "../server/accept-json.ts";
import { FastResponse } from "../server/fast-response.ts";
import type { AnonymousLimit } from "./anonymous-limit.ts";
import type { ClientLimit } from "./client-limit.ts";
import type { Refusals } from "./failed-authentications.ts";

export interface ClientAuthentication {
  readonly audit: Audit;
  readonly refusals: Refusals;
  readonly cachedApiKeys: CachedApiKeys;
  readonly anonymous: AnonymousLimit;
}

/**
 * The client that the header x-api-key names, or a thrown problem. A key that can't be one, for its shape
 * or its checksum, is refused without asking the port; and so is one that is not known already, where it comes from a
 * network that has guessed too often.
 */
export const recogniseClient = async (
  ctx: Context,
  apiKeys: ApiKeyAuthenticator,
  { audit, refusals, cachedApiKeys, anonymous }: ClientAuthentication,
): Promise<AuthenticatedClient> => {
  const header = ctx.req.headers["x-api-key"];
  if (header === undefined) {
    await anonymous.charge(ctx);
    audit.refused(ctx, "api-key", "api-key-missing");
    throw new Problem("invalid-api-key");
  }
  const apiKey = parseApiKey(String(header));
  if (apiKey.isErr()) throw refusals.refuse(ctx, "api-key", apiKey.error.type);
  const blocked = refusals.whereBlocked(ctx);
  if (blocked !== undefined && !cachedApiKeys.isCached(apiKey.value)) throw blocked("api-key");
  const result = await apiKeys.authenticate(apiKey.value);
  if (result.isOk()) {
    ctx.state.client = result.value;
    if (ctx.res instanceof FastResponse) ctx.res.clientId = result.value.clientId;
    return result.value;
  }
  const { error } = result;
  if (error.type === "storage-unavailable") throw problemFor(error);
  const clientId = "clientId" in error ? error.clientId : undefined;
  throw refusals.refuse(ctx, "api-key", error.type, { keyHint: apiKey.value.hint, clientId });
};

export const authenticateClient =
  (apiKeys: ApiKeyAuthenticator, usage: ApiKeyUsage, limit: ClientLimit, authentication: ClientAuthentication) =>
  async (ctx: Context, next: Next): Promise<void> => {
    const client = await recogniseClient(ctx, apiKeys, authentication);
    usage.record(client);
    await limit.charge(ctx, client);
    requireJsonAccepted(ctx);
    await next();
  };
