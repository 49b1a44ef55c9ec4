import type { Knex } from "../../src/index.ts";

/** How many statements the pool sent while `work` ran. */
export const countStatements = async (knex: Knex, work: () => Promise<unknown>): Promise<number> => {
  let count = 0;
  const increment = () => {
    count++;
  };
  knex.client.on("query", increment);
  await work();
  knex.client.off("query", increment);
  return count;
};
