import { cpuMicroseconds, familyCpuMicroseconds, machineTicks, residentMb } from "./cpu.mjs";

/**
 * @typedef {object} Sample
 * @property {number} count      responses or commits
 * @property {number} perSecond
 * @property {number} [p50Ms]
 * @property {number} [p99Ms]
 * @property {number} faults     wrong responses and failed connections
 * @property {number | null} nodeMicroseconds      CPU time of the Node process per item
 * @property {number | null} postgresMicroseconds  CPU time of all PostgreSQL processes per item
 * @property {number | null} rssMb                 maximum resident memory
 * @property {number | null} idle                  idle share of the machine
 */

const MEMORY_INTERVAL_MS = 250;

const trackMemory = (pid) => {
  let maxMb = null;
  const sampleMemory = () => {
    maxMb = Math.max(maxMb ?? 0, residentMb(pid) ?? 0);
  };
  const timer = pid === undefined ? undefined : setInterval(sampleMemory, MEMORY_INTERVAL_MS);
  return () => {
    clearInterval(timer);
    return maxMb;
  };
};

const perItem = (before, after, count) => (before === null || after === null ? null : (after - before) / count);

/**
 * Runs a load and measures its CPU time, memory and idle time.
 *
 * @param {{ load: () => Promise<object>, nodePid?: number, postmaster: number | null }} what
 * @returns {Promise<Sample>}
 */
export const sample = async ({ load, nodePid, postmaster }) => {
  const cpu = () => ({
    node: nodePid === undefined ? null : cpuMicroseconds(nodePid),
    postgres: familyCpuMicroseconds(postmaster),
  });
  const memory = trackMemory(nodePid);
  const [before, machineBefore] = [cpu(), machineTicks()];
  const result = await load();
  const [after, machineAfter] = [cpu(), machineTicks()];
  return {
    ...result,
    nodeMicroseconds: perItem(before.node, after.node, result.count),
    postgresMicroseconds: perItem(before.postgres, after.postgres, result.count),
    rssMb: memory(),
    idle: machineAfter && (machineAfter.idle - machineBefore.idle) / (machineAfter.all - machineBefore.all),
  };
};
