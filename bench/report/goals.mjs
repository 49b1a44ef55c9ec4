import { summarize } from "../measure/statistics.mjs";

/**
 * @typedef {object} Goal
 * @property {string} name
 * @property {{ median: number, min: number, max: number } | null} value
 * @property {"at least" | "at most"} sense
 * @property {number | null} bound  null: reported without a goal
 * @property {number} [aim]         a further goal
 */

/** The ratio in each round, because only samples of one round saw the same machine state. */
export const ratios = (samples, others, figure) => samples.map((one, round) => figure(one) / figure(others[round]));

/** @returns {Goal} */
export const atLeast = (name, values, bound, aim) => ({
  name,
  value: summarize(values),
  sense: "at least",
  bound,
  aim,
});

/** @returns {Goal} */
export const atMost = (name, values, bound, aim) => ({ name, value: summarize(values), sense: "at most", bound, aim });

const holds = (value, sense, bound) => (sense === "at least" ? value >= bound : value <= bound);

/** @param {Goal} goal */
export const verdictOf = ({ value, sense, bound, aim }) => {
  if (bound === null || value === null) return "-";
  if (!holds(value.median, sense, bound)) return "missed";
  return aim !== undefined && holds(value.median, sense, aim) ? "reached, and the aim" : "reached";
};

/**
 * Whether the value is below a third of its goal, or below a third of the recorded value if that is lower. Noise and the
 * kind of processor explain smaller losses: bare Koa takes 18 us on one and 86 us on another, the API 76 and 104.
 *
 * @param {Goal} goal
 * @param {Goal} [recorded]  the same goal in bench/results
 */
export const isRegression = ({ value, sense, bound }, recorded) =>
  sense === "at least" &&
  bound !== null &&
  value !== null &&
  !holds(value.median, sense, Math.min(bound, recorded?.value?.median ?? bound) / 3);
