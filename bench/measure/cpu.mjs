import { readdirSync, readFileSync } from "node:fs";

/** Linux counts CPU time in hundredths of a second (USER_HZ) on every architecture. */
const TICK_MICROSECONDS = 10_000;

/** proc_pid_stat(5): the fields after the name, which can contain spaces. */
const statOf = (pid) => {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const number = (position) => Number(fields[position - 3]);
  return { parent: number(4), own: number(14) + number(15), endedChildren: number(16) + number(17) };
};

const stats = () =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [{ pid: Number(pid), ...statOf(pid) }];
      } catch {
        return []; // the process has ended
      }
    });

/** CPU time of a process, or null if the system does not report it. */
export const cpuMicroseconds = (pid) => {
  try {
    return statOf(pid).own * TICK_MICROSECONDS;
  } catch {
    return null;
  }
};

/** CPU time of a process and its children, including ended children. */
export const familyCpuMicroseconds = (pid) => {
  if (pid === null) return null;
  const family = stats().filter((process) => process.pid === pid || process.parent === pid);
  const parent = family.find((process) => process.pid === pid);
  if (parent === undefined) return null;
  const ticks = family.reduce((sum, { own }) => sum + own, parent.endedChildren);
  return ticks * TICK_MICROSECONDS;
};

/** Total and idle time of all processors. */
export const machineTicks = () => {
  try {
    const [line] = readFileSync("/proc/stat", "utf8").split("\n", 1);
    const [user, nice, system, idle, wait, ...others] = line.trim().split(/\s+/).slice(1, 9).map(Number);
    return { all: [user, nice, system, idle, wait, ...others].reduce((sum, ticks) => sum + ticks), idle: idle + wait };
  } catch {
    return null;
  }
};

/** Resident memory in megabytes (10^6 bytes), or null if the system does not report it. */
export const residentMb = (pid) => {
  try {
    return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1024) / 1e6;
  } catch {
    return null;
  }
};
