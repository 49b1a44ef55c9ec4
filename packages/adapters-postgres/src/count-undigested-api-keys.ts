import { parseApiKey } from "@payments/domain";
import type { Knex } from "knex";
import { HOLDS_PLAIN_API_KEY } from "./plain-api-key.ts";
import { sanitized } from "./postgres-error.ts";

interface Row {
  readonly id: string;
  readonly api_key: string | null;
  readonly former_api_key: string | null;
}

const CANDIDATES = `select id, api_key, former_api_key from clients
  where ${HOLDS_PLAIN_API_KEY} and id > ? order by id limit 5000`;

const isPlain = (stored: string | null): boolean => stored !== null && parseApiKey(stored).isOk();

/**
 * How many keys, current and former ones, stand in plain text: those that `digestApiKeys` would rewrite. What only
 * looks like a key, such as another application's digest or a key with a wrong checksum, is none.
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
