import type { ClientId } from "@payments/domain";
import type { Knex } from "knex";
import { sanitized } from "../connection/postgres-error.ts";
import { PROBE } from "./webhook-statements.ts";

/** The times of events come from the clocks of several processes, so they do not quite grow with the feed. */
const CLOCK_TOLERANCE_MS = 60_000;

/** A position that comes before every event of the client from `since` on. Halves the distance with each probe. */
export const positionBefore = async (
  knex: Knex,
  key: { readonly bucket: number; readonly clientId: ClientId },
  since: Date,
): Promise<string> => {
  const tolerant = new Date(since.getTime() - CLOCK_TOLERANCE_MS);
  const { rows } = await sanitized(knex.raw("select event_horizon() as horizon"));
  let [low, high] = [0n, BigInt(rows[0].horizon)];
  while (low < high) {
    const middle = (low + high) / 2n;
    const probed = await sanitized(knex.raw(PROBE, { ...key, since: tolerant, position: middle.toString() } as never));
    const [probe]: readonly { position: string; is_before: boolean }[] = probed.rows;
    if (probe?.is_before) low = BigInt(probe.position) + 1n;
    else high = middle;
  }
  return (low - 1n).toString();
};
