import { createHash, randomBytes } from "node:crypto";
import type { ClientId, OnboardingTokens, StorageUnavailable } from "@payments/domain";
import type { Knex } from "knex";
import { ResultAsync } from "neverthrow";
import { bucketOf } from "../connection/client-bucket.ts";
import { sanitized, unavailableOrThrow } from "../connection/postgres-error.ts";

const TOKEN_BYTES = 32;

/** A random token of 256 bits needs no slow digest. */
const digestOf = (token: string): Buffer => createHash("sha256").update(token).digest();

/** A new token also removes the client's expired ones. */
const ISSUE = `with expired as (
    delete from onboarding_tokens
    where bucket = :bucket and client_id = :client and expires_at < clock_timestamp()
  )
  insert into onboarding_tokens (bucket, client_id, digest, expires_at)
  values (:bucket, :client, :digest, clock_timestamp() + :lifetime * interval '1 millisecond')`;

const VERIFY = `select from onboarding_tokens
  where bucket = ? and client_id = ? and digest = ? and expires_at > clock_timestamp()`;

/** Tokens whose digests are in `onboarding_tokens`. */
export class KnexOnboardingTokens implements OnboardingTokens {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  issue(client: ClientId, lifetimeMs: number): ResultAsync<string, StorageUnavailable> {
    const token = randomBytes(TOKEN_BYTES).toString("base64url");
    const statement = this.#knex.raw(ISSUE, {
      bucket: bucketOf(client),
      client,
      digest: digestOf(token),
      lifetime: lifetimeMs,
    });
    return ResultAsync.fromPromise(sanitized(statement), unavailableOrThrow).map(() => token);
  }

  verify(client: ClientId, token: string): ResultAsync<boolean, StorageUnavailable> {
    const statement = this.#knex.raw(VERIFY, [bucketOf(client), client, digestOf(token)]);
    return ResultAsync.fromPromise(sanitized(statement), unavailableOrThrow).map(
      ({ rows }: { rows: readonly unknown[] }) => rows.length > 0,
    );
  }
}
