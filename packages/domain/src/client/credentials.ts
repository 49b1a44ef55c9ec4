import { err, ok, type Result } from "neverthrow";
import type { Brand } from "../shared/brand.ts";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";

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

export type OverlapSeconds = Brand<number, "OverlapSeconds">;

export const MAXIMUM_OVERLAP_SECONDS = 86_400;

/** How long the replaced key stays valid: a whole number of seconds from 0 to one day. */
export const parseOverlapSeconds = (raw: number): Result<OverlapSeconds, InvalidValue> =>
  Number.isInteger(raw) && raw >= 0 && raw <= MAXIMUM_OVERLAP_SECONDS
    ? ok(raw as OverlapSeconds)
    : invalidValue(`must be an integer from 0 to ${MAXIMUM_OVERLAP_SECONDS}`);

export interface Rotation {
  readonly overlapSeconds: OverlapSeconds;
  /** Allows a rotation during an overlap, which ends the former key of that overlap. */
  readonly endFormerKey: boolean;
}

/** The former key is still valid, and a rotation would end it. */
export interface OverlapInProgress {
  readonly type: "overlap-in-progress";
}

/** Makes `next` the current key. The replaced key stays valid for the overlap, which starts `now`. */
export const rotate = (
  credentials: Credentials,
  next: StoredApiKey,
  { overlapSeconds, endFormerKey }: Rotation,
  now: Date,
): Result<Credentials, OverlapInProgress> => {
  if (credentials.type === "overlap" && now < credentials.endsAt && !endFormerKey) {
    return err({ type: "overlap-in-progress" });
  }
  const hasKey = credentials.type === "current" || credentials.type === "overlap";
  if (!hasKey || overlapSeconds === 0) return ok({ type: "current", current: next });
  const endsAt = new Date(now.getTime() + overlapSeconds * 1_000);
  return ok({ type: "overlap", current: next, former: credentials.current, endsAt });
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
