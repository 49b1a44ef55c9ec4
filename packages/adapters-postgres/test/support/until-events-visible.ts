import { until } from "../../../../test/support/until.ts";
import type { Knex } from "../../src/index.ts";

/** Waits for the transactions that hold events back. Those of other databases on the server do, too. */
export const untilEventsVisible = (knex: Knex): Promise<void> =>
  until("all events are visible", async () => {
    const { rows } = await knex.raw("select coalesce(max(position), 0) < event_horizon() as visible from events");
    return rows[0].visible;
  });
