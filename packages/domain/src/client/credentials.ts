import type { Brand } from "../shared/brand.ts";

/**
 * An API key as storage holds it: a self-describing digest (`sha256:...`, `hmac-sha256:<pepper id>:...`), or the
 * plain key if the operator chose that.
 */
export type StoredApiKey = Brand<string, "StoredApiKey">;

export const rehydrateStoredApiKey = (stored: string): StoredApiKey => stored as StoredApiKey;

/**
 * The API keys of one client:
 *
 * - `none`: no key was ever issued, as for a client adopted without one.
 * - `current`: one key is valid.
 * - `overlap`: `current` is valid, and `former` is valid until `endsAt`, exclusive.
 * - `revoked`: the key was ended and none was issued since.
 */
export type Credentials =
  | { readonly type: "none" }
  | { readonly type: "current"; readonly current: StoredApiKey }
  | {
      readonly type: "overlap";
      readonly current: StoredApiKey;
      readonly former: StoredApiKey;
      readonly endsAt: Date;
    }
  | { readonly type: "revoked" };

/** Makes `next` the current key. The replaced key stays valid until `endsAt`, if given; a key before it ends now. */
export const rotate = (credentials: Credentials, next: StoredApiKey, endsAt: Date | null): Credentials => {
  const hasKey = credentials.type === "current" || credentials.type === "overlap";
  return hasKey && endsAt !== null
    ? { type: "overlap", current: next, former: credentials.current, endsAt }
    : { type: "current", current: next };
};

/** Ends every key. */
export const revoke = (credentials: Credentials): Credentials =>
  credentials.type === "none" ? credentials : { type: "revoked" };

/** Ends the former key of an overlap, and only that key. */
export const endFormer = (credentials: Credentials): Credentials =>
  credentials.type === "overlap" ? { type: "current", current: credentials.current } : credentials;

/** Whether `key` is valid at `now`. An inactive client's keys stay current, but do not authenticate. */
export const isCurrent = (credentials: Credentials, key: StoredApiKey, now: Date): boolean => {
  if (credentials.type === "none" || credentials.type === "revoked") return false;
  if (credentials.current === key) return true;
  return credentials.type === "overlap" && credentials.former === key && now < credentials.endsAt;
};
