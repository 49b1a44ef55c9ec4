import { afterEach } from "@jest/globals";

/**
 * Closes a test's resources after the test, in reverse order, also after a failure, so that the run can end:
 * `using(createKnex(...), (knex) => knex.destroy())`. Call it outside of tests.
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
