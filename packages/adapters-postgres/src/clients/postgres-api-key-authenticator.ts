import {
  type ApiKey,
  type ApiKeyAuthenticator,
  type ApiKeyEncoder,
  type AuthenticatedClient,
  type AuthenticationError,
  type ClientId,
  type FailedAuthentication,
  type Mode,
  type ProcessorAccount,
  rehydrateFeeRule,
  rehydrateStoredApiKey,
  SERVICE,
  type StoredApiKey,
} from "@payments/domain";
import type { Knex } from "knex";
import { err, ok, type Result, ResultAsync } from "neverthrow";
import { auditActor, auditing } from "../audit/audit-statement.ts";
import { bucketOf } from "../connection/client-bucket.ts";
import { Coalescer, NotSentError } from "../connection/coalescer.ts";
import type { DatabaseStatistics } from "../connection/database-statistics.ts";
import { sanitized, unavailableOrThrow } from "../connection/postgres-error.ts";
import { textArray } from "../connection/text-array.ts";
import { plainForm, searchedForms } from "./plain-api-key.ts";

export interface PostgresApiKeyAuthenticatorOptions {
  /** Maximum keys per statement. Default 64. */
  readonly batchSize?: number;
  /** Maximum such statements in flight. Each takes a connection. Default 2. */
  readonly concurrency?: number;
  /** Maximum queued keys. Further ones are `storage-unavailable`. Default 4096. */
  readonly queueSize?: number;
  /** Deadline of a lookup. One that cannot meet it is `storage-unavailable` and is not sent. Default 600. */
  readonly answerWithinMs?: number;
  /** Receives the queue `api-keys`. */
  readonly statistics?: DatabaseStatistics;
}

/** A client that holds a key, and the stored form of that key. */
interface Holding {
  readonly form: string;
  readonly client_id: ClientId;
  readonly mode: Mode;
  readonly fee_basis_points: number;
  readonly fee_fixed: string;
  readonly processor_account: ProcessorAccount | null;
  readonly active: boolean;
  readonly former: boolean;
  readonly ends_at: Date | null;
  readonly remaining_ms: number | null;
  readonly ended: boolean;
}

/** A row of `find_api_keys`, one per form. The other columns mean nothing if no client holds the form. */
interface Found extends Holding {
  readonly held: boolean;
}

const storedForm = ({ form }: Holding): StoredApiKey => rehydrateStoredApiKey(form);

const UNKNOWN: FailedAuthentication = { type: "api-key-unknown" };

/** Repeated lookups of a key that another process rewrites in between. */
const ATTEMPTS = 3;

const FIND_API_KEYS = `select form, held, client_id, mode, fee_basis_points, fee_fixed, processor_account,
  active, former, ends_at, ended,
  cast(extract(epoch from ends_at - clock_timestamp()) * 1000 as float8) as remaining_ms
  from find_api_keys(?::text[])`;

/**
 * Authenticates clients by their keys in the table `clients`. Concurrent lookups share one statement, and unknown keys
 * cost the same as those of inactive clients. No statement contains a plain key unless the encoder prefers plain keys.
 *
 * A plain key is replaced by its digest before the client is authenticated, unless the encoder prefers plain keys. A
 * digest is never replaced: another process may not know the pepper of the new one.
 */
export class PostgresApiKeyAuthenticator implements ApiKeyAuthenticator {
  readonly #knex: Knex;
  readonly #encoder: ApiKeyEncoder;
  readonly #lookups: Coalescer<readonly string[], Holding | null>;

  constructor(knex: Knex, encoder: ApiKeyEncoder, options: PostgresApiKeyAuthenticatorOptions = {}) {
    const { batchSize = 64, concurrency = 2, queueSize = 4_096, answerWithinMs = 600 } = options;
    this.#knex = knex;
    this.#encoder = encoder;
    options.statistics?.addQueue("api-keys", () => this.#lookups.statistics());
    this.#lookups = new Coalescer((keys) => this.#lookUp(keys), { batchSize, concurrency, queueSize, answerWithinMs });
  }

  authenticate(apiKey: ApiKey): ResultAsync<AuthenticatedClient, AuthenticationError> {
    return ResultAsync.fromPromise(this.#recognise(apiKey), unavailableOrThrow).andThen((result) => result);
  }

  async #recognise(apiKey: ApiKey): Promise<Result<AuthenticatedClient, FailedAuthentication>> {
    const forms = searchedForms(this.#encoder, apiKey);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const holding = await this.#lookups.add(forms);
      if (holding === null) return err(UNKNOWN);
      const { client_id: clientId, mode, ends_at: overlapEndsAt, remaining_ms: overlapRemainingMs } = holding;
      if (!holding.active) return err({ type: "client-inactive", clientId });
      if (holding.ended) return err({ type: "overlap-ended", clientId });
      const credential = holding.form === plainForm(apiKey) ? this.#encoder.encode(apiKey) : storedForm(holding);
      if (credential === holding.form || (await this.#rewrite(holding, credential, apiKey.hint))) {
        const fee = rehydrateFeeRule(holding.fee_basis_points, holding.fee_fixed);
        const { processor_account: processorAccount } = holding;
        const { hint: keyHint } = apiKey;
        return ok({ clientId, mode, fee, processorAccount, credential, keyHint, overlapEndsAt, overlapRemainingMs });
      }
    }
    throw new NotSentError("the key was rewritten again and again while it was looked up");
  }

  /** The client of each key, found by the form that the encoder prefers most. */
  async #lookUp(keys: readonly (readonly string[])[]): Promise<readonly (Holding | null)[]> {
    const statement = this.#knex
      .raw(FIND_API_KEYS, [textArray(new Set(keys.flat()))])
      .options({ name: "find_api_keys" });
    const { rows }: { rows: readonly Found[] } = await sanitized(statement);
    const holdings = new Map(rows.map((row) => [row.form, row.held ? row : null]));
    return keys.map((forms) => forms.map((form) => holdings.get(form)).find((holding) => holding) ?? null);
  }

  /** Replaces a plain key. False if the key has changed since it was read. */
  async #rewrite({ client_id, form, former }: Holding, credential: StoredApiKey, hint: string): Promise<boolean> {
    const column = former ? "former_api_key" : "api_key";
    const statement = this.#knex.raw(
      `with changed as (
        update clients set ${column} = :credential, ${column}_hint = coalesce(${column}_hint, :hint)
        where bucket = :bucket and id = :id and :form in (${column}, plain_api_key_form(${column}))
        returning id as audit_client, ${column}_hint as hint
      ), ${auditing("api-key-digested", "json_build_object('keyHint', hint)")}
      select from changed`,
      { bucket: bucketOf(client_id), id: client_id, form, credential, hint, audit_actor: auditActor(SERVICE) },
    );
    const { rowCount } = await sanitized(statement);
    return rowCount === 1;
  }
}
