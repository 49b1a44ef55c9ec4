import { execFileSync } from "node:child_process";
import { cpus, release, totalmem, type } from "node:os";
import { loadGenerator } from "../load/load-generator.mjs";

const commit = () => {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], {
      cwd: import.meta.dirname,
      encoding: "utf8",
    }).trim();
  } catch {
    return "unknown";
  }
};

/** The hardware, software and settings that the figures depend on. */
export const describeMachine = ({ server, inserts }) => ({
  processors: `${cpus().length} x ${cpus()[0]?.model.trim() ?? "unknown"}`,
  memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
  system: `${type()} ${release()}`,
  node: process.version,
  database: `${server.kind} ${server.version}`,
  settings: Object.entries(server.settings)
    .map(([name, value]) => `${name}=${value}`)
    .join(" "),
  inserts: inserts.version,
  loadGenerator,
  commit: commit(),
});

export const machineText = (machine) =>
  Object.entries(machine)
    .map(([name, value]) => `- ${name}: ${value}`)
    .join("\n");
