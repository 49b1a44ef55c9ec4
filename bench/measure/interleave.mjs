import { sample } from "./sample.mjs";

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {(seconds: number) => Promise<object>} load
 * @property {() => Promise<unknown>} prepare              before each measurement
 * @property {(answered: number) => Promise<number>} [verify] after each one: how many of the answers were not true
 * @property {number} [node]                               the Node process behind it
 */

/** Each round starts with another contender, so that none always follows the same one. */
const rotated = (list, by) => list.map((_, index) => list[(index + by) % list.length]);

const measure = async (contender, { seconds, warmUpSeconds, postmaster }) => {
  await contender.prepare();
  const warmUp = await contender.load(warmUpSeconds);
  const measured = await sample({ load: () => contender.load(seconds), node: contender.node, postmaster });
  const untrue = (await contender.verify?.(warmUp.count + measured.count)) ?? 0;
  return { ...measured, faults: measured.faults + warmUp.faults + untrue };
};

/**
 * Measures all contenders in turn, as many rounds as asked for.
 *
 * @param {{ title: string, contenders: Contender[], rounds: number, seconds: number, warmUpSeconds: number,
 *   postmaster: number | null, progress: import("../report/progress.mjs").Progress }} plan
 * @returns {Promise<Record<string, import("./sample.mjs").Sample[]>>} a sample a round, by contender
 */
export const interleave = async ({ title, contenders, rounds, progress, ...plan }) => {
  const samples = Object.fromEntries(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of rotated(contenders, round)) {
      progress.begin(`round ${round + 1} of ${rounds}: ${title}, ${contender.name}`);
      const measured = await measure(contender, plan);
      samples[contender.name].push(measured);
      const faults = measured.faults > 0 ? `, ${measured.faults} FAULTS` : "";
      progress.end(`${Math.round(measured.perSecond).toLocaleString("en")}/s${faults}`);
    }
  }
  return samples;
};

/** Lets the compilers of all Node processes see the load before the first round. */
export const warmUp = async ({ contenders, seconds, progress }) => {
  for (const { name, node, prepare, load } of contenders) {
    if (node === undefined) continue;
    progress.begin(`warm-up: ${name}`);
    await prepare();
    await load(seconds);
    progress.end("done");
  }
};
