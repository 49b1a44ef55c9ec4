import { type ApiKeyAuthenticator, type ApiKeyUsage, type AuthenticatedClient, parseApiKey } from "@payments/domain";
import type { Audit } from "../observability/audit.ts";
import { Problem } from "../problem/problem.ts";
import { problemFor } from "../problem/problem-for.ts";
import type { Context } from "../routing/context.ts";
import { FastResponse } from "../server/fast-response.ts";
import { requireJsonAccepted } from "../server/headers.ts";
import type { CachedApiKeys } from "./cached-api-key-authenticator.ts";
import type { ClientLimit } from "./client-limit.ts";
import type { FailedAuthentications } from "./failed-authentications.ts";
import type { AnonymousLimit } from "./network-limit.ts";

export interface ClientAuthenticationDependencies {
  /** Reads storage every time. */
  readonly apiKeys: ApiKeyAuthenticator;
  readonly cachedApiKeys: CachedApiKeys;
  readonly apiKeyUsage: ApiKeyUsage;
  readonly limit: ClientLimit;
  readonly anonymous: AnonymousLimit;
  readonly failures: FailedAuthentications;
  readonly audit: Audit;
}

/** A request that may be handled again for the same client. */
export interface Attempt<Inputs, Output> {
  read(ctx: Context): Promise<Inputs>;
  handle(ctx: Context, client: AuthenticatedClient, inputs: Inputs): Promise<Output>;
  send(ctx: Context, output: Output): void;
}

const isClientError = (error: unknown): error is Problem => error instanceof Problem && error.kind.status < 500;

/** Authenticates clients by the header x-api-key, charges their quota and records the use of their keys. */
export class ClientAuthentication {
  readonly #dependencies: ClientAuthenticationDependencies;

  constructor(dependencies: ClientAuthenticationDependencies) {
    this.#dependencies = dependencies;
  }

  /** Rejects with a problem if authentication fails, the quota is used up or the response form is not accepted. */
  async authenticate(ctx: Context): Promise<AuthenticatedClient> {
    const { apiKeys, apiKeyUsage, limit } = this.#dependencies;
    const client = await this.#identify(ctx, apiKeys);
    apiKeyUsage.record(client);
    await limit.charge(ctx, client);
    requireJsonAccepted(ctx);
    return client;
  }

  /**
   * Handles the request for a client that may come from the cache. `handle` must verify the client's credential when it
   * writes. A key that has ended must get the same 401 as an unknown key. So before any 4xx response the key is
   * authenticated without the cache. If only its credential had changed, `handle` runs again with the current one.
   */
  async handleCached<Inputs, Output>(ctx: Context, attempt: Attempt<Inputs, Output>): Promise<void> {
    const { cachedApiKeys, apiKeyUsage, limit } = this.#dependencies;
    const cached = await this.#identify(ctx, cachedApiKeys);
    let isCharged = false;
    let inputs: Inputs | undefined;
    try {
      const pending = limit.charge(ctx, cached);
      if (pending !== undefined) await pending;
      isCharged = true;
      requireJsonAccepted(ctx);
      inputs = await attempt.read(ctx);
      attempt.send(ctx, await attempt.handle(ctx, cached, inputs));
      apiKeyUsage.record(cached);
    } catch (error) {
      if (!isClientError(error)) throw error;
      const current = await this.#identifyUncached(ctx, isCharged ? cached : undefined);
      if (inputs === undefined || error.code !== "invalid-api-key") throw error;
      attempt.send(ctx, await this.#handleAgain(ctx, current, inputs, attempt));
    }
  }

  /** A failure returns the charge: the request was not the client's. */
  async #identifyUncached(ctx: Context, charged: AuthenticatedClient | undefined): Promise<AuthenticatedClient> {
    const { apiKeys, apiKeyUsage, limit } = this.#dependencies;
    try {
      const current = await this.#identify(ctx, apiKeys);
      apiKeyUsage.record(current);
      return current;
    } catch (error) {
      if (charged !== undefined) limit.undo(ctx, charged);
      throw error;
    }
  }

  async #handleAgain<Inputs, Output>(
    ctx: Context,
    client: AuthenticatedClient,
    inputs: Inputs,
    attempt: Attempt<Inputs, Output>,
  ): Promise<Output> {
    try {
      return await attempt.handle(ctx, client, inputs);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "invalid-api-key") throw error;
      this.#dependencies.limit.undo(ctx, client);
      throw this.#dependencies.failures.fail(ctx, "api-key", "credential-not-current", client);
    }
  }

  /** A malformed key fails without a query. From a blocked address, so does a key that was not accepted before. */
  async #identify(ctx: Context, authenticator: ApiKeyAuthenticator): Promise<AuthenticatedClient> {
    const { anonymous, audit, failures, cachedApiKeys } = this.#dependencies;
    const header = ctx.req.headers["x-api-key"];
    if (header === undefined) {
      anonymous.charge(ctx);
      audit.authenticationFailed(ctx, "api-key", "api-key-missing");
      throw new Problem("invalid-api-key");
    }
    const apiKey = parseApiKey(String(header));
    if (apiKey.isErr()) throw failures.fail(ctx, "api-key", apiKey.error.type);
    const blocked = failures.blocked(ctx);
    if (blocked !== undefined && !cachedApiKeys.isKnown(apiKey.value)) throw blocked("api-key");
    const result = await authenticator.authenticate(apiKey.value);
    if (result.isOk()) {
      ctx.state.client = result.value;
      if (ctx.res instanceof FastResponse) ctx.res.clientId = result.value.clientId;
      return result.value;
    }
    const { error } = result;
    if (error.type === "storage-unavailable") throw problemFor(error);
    const clientId = "clientId" in error ? error.clientId : undefined;
    throw failures.fail(ctx, "api-key", error.type, { keyHint: apiKey.value.hint, clientId });
  }
}
