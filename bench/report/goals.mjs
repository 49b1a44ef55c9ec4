import { summarise } from "../measure/statistics.mjs";

/**
 * @typedef {object} Goal
 * @property {string} name
 * @property {{ median: number, min: number, max: number } | null} value
 * @property {"at least" | "at most"} sense
 * @property {number | null} floor  what is promised; null: only reported
 * @property {number} [aim]         what is wished for beyond
 */

/** One figure over another, round by round: what was measured in one round saw the same machine. */
export const ratios = (samples, others, figure) => samples.map((one, round) => figure(one) / figure(others[round]));

/** @returns {Goal} */
export const atLeast = (name, values, floor, aim) => ({
  name,
  value: summarise(values),
  sense: "at least",
  floor,
  aim,
});

/** @returns {Goal} */
export const atMost = (name, values, floor, aim) => ({ name, value: summarise(values), sense: "at most", floor, aim });

const holds = (value, sense, bound) => (sense === "at least" ? value >= bound : value <= bound);

/** @param {Goal} goal */
export const verdictOf = ({ value, sense, floor, aim }) => {
  if (floor === null || value === null) return "-";
  if (!holds(value.median, sense, floor)) return "missed";
  return aim !== undefined && holds(value.median, sense, aim) ? "reached, and the aim" : "reached";
};

/**
 * Less than half of the speed that is promised, or that was reached where that is less: no noise explains that. It does
 * explain a slow hundredth.
 *
 * @param {Goal} goal
 * @param {Goal} [reached]  the same one in the results that are kept
 */
export const isGrossLoss = ({ value, sense, floor }, reached) =>
  sense === "at least" &&
  floor !== null &&
  value !== null &&
  !holds(value.median, sense, Math.min(floor, reached?.value?.median ?? floor) / 2);
