import { afterEach } from "@jest/globals";

/**
 * Undoes after each test, last first, what the test opened, also where it failed: `using(createKnex(...), (knex)
 * => knex.destroy())`. A failing test must not keep the run from ending. To be called outside of tests.
 */
export const undoAfterEach = () => {
  const undos: (() => unknown)[] = [];
  afterEach(async () => {
    for (const undo of undos.splice(0).reverse()) await undo();
  });
  return <Thing>(thing: Thing, undo: (thing: Thing) => unknown): Thing => {
    undos.push(() => undo(thing));
    return thing;
  };
};
