import { cpuOf, cpuOfFamily, machineTime, memoryOf } from "./cpu.mjs";

/**
 * @typedef {object} Sample
 * @property {number} count      what was answered, or committed
 * @property {number} perSecond
 * @property {number} [p50]      milliseconds
 * @property {number} [p99]      milliseconds
 * @property {number} faults     wrong answers, and connections that failed
 * @property {number | null} nodeMicros      CPU microseconds of the Node process for each
 * @property {number | null} postgresMicros  CPU microseconds of all PostgreSQL processes for each
 * @property {number | null} rssMb           the most resident memory seen
 * @property {number | null} idle            share of the machine that was idle
 */

const MEMORY_INTERVAL_MS = 250;

const watchMemory = (pid) => {
  let most = null;
  const look = () => {
    most = Math.max(most ?? 0, memoryOf(pid) ?? 0);
  };
  const timer = pid === undefined ? undefined : setInterval(look, MEMORY_INTERVAL_MS);
  return () => {
    clearInterval(timer);
    return most;
  };
};

const each = (before, after, count) => (before === null || after === null ? null : (after - before) / count);

/**
 * Runs a load and reads from the operating system what it cost.
 *
 * @param {{ load: () => Promise<object>, node?: number, postmaster: number | null }} what
 * @returns {Promise<Sample>}
 */
export const sample = async ({ load, node, postmaster }) => {
  const cpu = () => ({ node: node === undefined ? null : cpuOf(node), postgres: cpuOfFamily(postmaster) });
  const memory = watchMemory(node);
  const [before, machineBefore] = [cpu(), machineTime()];
  const result = await load();
  const [after, machineAfter] = [cpu(), machineTime()];
  return {
    ...result,
    nodeMicros: each(before.node, after.node, result.count),
    postgresMicros: each(before.postgres, after.postgres, result.count),
    rssMb: memory(),
    idle: machineAfter && (machineAfter.idle - machineBefore.idle) / (machineAfter.all - machineBefore.all),
  };
};
