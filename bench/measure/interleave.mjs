import { sample } from "./sample.mjs";

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {(seconds: number) => Promise<object>} load
 * @property {() => Promise<unknown>} prepare   runs before each measurement
 * @property {(acknowledged: number) => Promise<number>} [countMissing]   acknowledged items that are not stored
 * @property {number} [nodePid]   its Node process
 */

/** Each round starts with another contender, so that none always runs after the same one. */
const rotated = (list, by) => list.map((_, index) => list[(index + by) % list.length]);

const measure = async (contender, { seconds, warmUpSeconds, postmaster }) => {
  await contender.prepare();
  const warmUp = await contender.load(warmUpSeconds);
  const measured = await sample({ load: () => contender.load(seconds), nodePid: contender.nodePid, postmaster });
  const missing = (await contender.countMissing?.(warmUp.count + measured.count)) ?? 0;
  return { ...measured, faults: measured.faults + warmUp.faults + missing };
};

/**
 * Measures all contenders in turn for the given number of rounds.
 *
 * @param {{ title: string, contenders: Contender[], rounds: number, seconds: number, warmUpSeconds: number,
 *   postmaster: number | null, progress: import("../report/progress.mjs").Progress }} plan
 * @returns {Promise<Record<string, import("./sample.mjs").Sample[]>>} one sample per round, by contender
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

/** Loads every Node process before the first round, so that its code is compiled. */
export const warmUp = async ({ contenders, seconds, progress }) => {
  for (const { name, nodePid, prepare, load } of contenders) {
    if (nodePid === undefined) continue;
    progress.begin(`warm-up: ${name}`);
    await prepare();
    await load(seconds);
    progress.end("done");
  }
};
