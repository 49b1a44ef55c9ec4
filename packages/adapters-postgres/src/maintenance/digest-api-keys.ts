import { type Actor, type ApiKey, type ApiKeyEncoder, parseApiKey, type StoredApiKey } from "@payments/domain";
import type { Knex } from "knex";
import { auditActor, auditing } from "../audit/audit-statement.ts";
import { HOLDS_PLAIN_API_KEY, plainForm } from "../clients/plain-api-key.ts";
import { sanitized } from "../connection/postgres-error.ts";
import { textArray } from "../connection/text-array.ts";
import { type Batch, inBatches } from "./in-batches.ts";

export interface DigestOptions {
  /** Clients per transaction. */
  readonly batchSize: number;
  readonly actor: Actor;
  /** Called with the number of rewritten keys before each commit. */
  readonly onBatch?: (rewritten: number) => Promise<void>;
}

interface Row {
  readonly id: string;
  readonly api_key: string | null;
  readonly former_api_key: string | null;
}

interface Rewriting {
  readonly id: string;
  /** The plain key as `plain_api_key_form` names it: a statement with the key itself in it may be logged. */
  readonly form: string;
  readonly encoded: StoredApiKey;
  readonly hint: string;
}

type KeyColumn = "api_key" | "former_api_key";

const TAKE = `select id, api_key, former_api_key from clients where ${HOLDS_PLAIN_API_KEY} and id > ?
  order by id limit ? for update skip locked`;

const FIELDS = ["id", "form", "encoded", "hint"] as const;

const rewrite = (column: KeyColumn): string => `with changed as (
    update clients c set ${column} = k.encoded, ${column}_hint = coalesce(c.${column}_hint, k.hint)
    from unnest(${FIELDS.map((field) => `cast(:${field} as text[])`)}) as k (${FIELDS})
    where c.bucket = client_bucket(k.id) and c.id = k.id and plain_api_key_form(c.${column}) = k.form
    returning c.id as audit_client, c.${column}_hint as hint
  ), ${auditing("api-key-digested", "json_build_object('keyHint', hint)")}
  select from changed`;

const parsed = (stored: string | null): ApiKey | null => (stored === null ? null : parseApiKey(stored).unwrapOr(null));

const toRewriting = (row: Row, column: KeyColumn, encoder: ApiKeyEncoder): Rewriting | null => {
  const apiKey = parsed(row[column]);
  if (apiKey === null) return null;
  const encoded = encoder.encode(apiKey);
  return encoded === apiKey.reveal() ? null : { id: row.id, form: plainForm(apiKey), encoded, hint: apiKey.hint };
};

const rewriteColumn = async (
  trx: Knex,
  column: KeyColumn,
  rewritings: readonly Rewriting[],
  actor: Actor,
): Promise<number> => {
  if (rewritings.length === 0) return 0;
  const parameters = FIELDS.map((field) => [field, textArray(rewritings.map((rewriting) => rewriting[field]))]);
  const bindings = { ...Object.fromEntries(parameters), audit_actor: auditActor(actor) };
  const { rowCount } = await sanitized(trx.raw(rewrite(column), bindings));
  return rowCount;
};

const digestBatch = async (trx: Knex, encoder: ApiKeyEncoder, rows: readonly Row[], actor: Actor): Promise<number> => {
  const of = (column: KeyColumn) => rows.flatMap((row) => toRewriting(row, column, encoder) ?? []);
  const current = await rewriteColumn(trx, "api_key", of("api_key"), actor);
  return current + (await rewriteColumn(trx, "former_api_key", of("former_api_key"), actor));
};

/**
 * Replaces current and former plain keys by their encoded forms, and returns how many. The keys keep working. It may run
 * repeatedly, concurrently and beside live traffic. An encoder that keeps keys plain changes nothing. Digests never
 * change.
 */
export const digestApiKeys = (
  knex: Knex,
  encoder: ApiKeyEncoder,
  { batchSize, actor, onBatch = async () => {} }: DigestOptions,
): Promise<number> =>
  inBatches(knex, async (trx, after): Promise<Batch> => {
    const { rows }: { rows: readonly Row[] } = await sanitized(trx.raw(TAKE, [after, batchSize]));
    const changed = await digestBatch(trx, encoder, rows, actor);
    if (changed > 0) await onBatch(changed);
    return { last: rows.at(-1)?.id ?? null, changed };
  });

const CANDIDATES = `select id, api_key, former_api_key from clients
  where ${HOLDS_PLAIN_API_KEY} and id > ? order by id limit 5000`;

const isPlain = (stored: string | null): boolean => stored !== null && parseApiKey(stored).isOk();

/**
 * Counts the current and former plain keys that `digestApiKeys` would replace. Values that only look like a key, such as
 * a key with a wrong checksum, do not count.
 */
export const countUndigestedApiKeys = async (knex: Knex): Promise<number> => {
  let count = 0;
  for (let after: string | undefined = ""; after !== undefined; ) {
    const { rows }: { rows: readonly Row[] } = await sanitized(knex.raw(CANDIDATES, [after]));
    count += rows.flatMap(({ api_key, former_api_key }) => [api_key, former_api_key]).filter(isPlain).length;
    after = rows.at(-1)?.id;
  }
  return count;
};
