import { type ApiKeyAuthenticator, type ApiKeyUsage, type AuthenticatedClient, parseApiKey } from "@payments/domain";
import type { Context, Next } from "../context.ts";
import type { Audit, RefusalDetails } from "../observability/audit.ts";
import { Problem } from "../problem/problem.ts";
import { problemFor } from "../problem/problem-for.ts";
import { requireJsonAccepted } from "./accept-json.ts";
import type { ClientLimit } from "./client-limit.ts";

/** Says why a key was refused in the audit log, and to the caller what it always says. */
export const refusedKey = (ctx: Context, audit: Audit, reason: string, details?: RefusalDetails): Problem => {
  ctx.state.client = undefined;
  audit.refused(ctx, "api-key", reason, details);
  return new Problem("invalid-api-key");
};

/**
 * The client that the header x-api-key names, or a thrown problem. A key that can't be one, for its shape
 * or its checksum, is refused without asking the port.
 */
export const recogniseClient = async (
  ctx: Context,
  apiKeys: ApiKeyAuthenticator,
  audit: Audit,
): Promise<AuthenticatedClient> => {
  const header = ctx.req.headers["x-api-key"];
  const apiKey = parseApiKey(typeof header === "string" ? header : "");
  if (apiKey.isErr()) {
    throw refusedKey(ctx, audit, header === undefined ? "api-key-missing" : apiKey.error.type);
  }
  const result = await apiKeys.authenticate(apiKey.value);
  if (result.isOk()) {
    ctx.state.client = result.value;
    return result.value;
  }
  const { error } = result;
  if (error.type === "storage-unavailable") throw problemFor(error);
  const clientId = "clientId" in error ? error.clientId : undefined;
  throw refusedKey(ctx, audit, error.type, { keyHint: apiKey.value.hint, clientId });
};

export const authenticateClient =
  (apiKeys: ApiKeyAuthenticator, usage: ApiKeyUsage, limit: ClientLimit, audit: Audit) =>
  async (ctx: Context, next: Next): Promise<void> => {
    const client = await recogniseClient(ctx, apiKeys, audit);
    usage.record(client);
    await limit.charge(ctx, client);
    requireJsonAccepted(ctx);
    await next();
  };
