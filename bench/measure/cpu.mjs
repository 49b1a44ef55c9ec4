import { readdirSync, readFileSync } from "node:fs";

/** Linux counts in hundredths of a second (USER_HZ), on every architecture. */
const MICROSECONDS_A_TICK = 10_000;

/** proc_pid_stat(5): the fields after the name, which may itself hold spaces. */
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
        return []; // ended meanwhile
      }
    });

/** CPU time of a process so far, in microseconds; null where the system does not tell. */
export const cpuOf = (pid) => {
  try {
    return statOf(pid).own * MICROSECONDS_A_TICK;
  } catch {
    return null;
  }
};

/** CPU time so far of a process and all its children, those that have ended included. */
export const cpuOfFamily = (pid) => {
  if (pid === null) return null;
  const family = stats().filter((process) => process.pid === pid || process.parent === pid);
  const parent = family.find((process) => process.pid === pid);
  if (parent === undefined) return null;
  const ticks = family.reduce((sum, { own }) => sum + own, parent.endedChildren);
  return ticks * MICROSECONDS_A_TICK;
};

/** What all processors of the machine did so far, in ticks: in all, and idle. */
export const machineTime = () => {
  try {
    const [line] = readFileSync("/proc/stat", "utf8").split("\n", 1);
    const [user, nice, system, idle, wait, ...others] = line.trim().split(/\s+/).slice(1, 9).map(Number);
    return { all: [user, nice, system, idle, wait, ...others].reduce((sum, ticks) => sum + ticks), idle: idle + wait };
  } catch {
    return null;
  }
};

/** Resident memory of a process, in megabytes (10^6 bytes); null where the system does not tell. */
export const memoryOf = (pid) => {
  try {
    return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1024) / 1e6;
  } catch {
    return null;
  }
};
