import { createServer } from "node:net";

/** Defaults for an API on a small machine. They keep durability. */
const DEFAULTS = {
  shared_buffers: "256MB",
  max_wal_size: "2GB",
  checkpoint_timeout: "15min",
  wal_compression: "on",
  timezone: "UTC",
  log_timezone: "UTC",
};

const DURABLE = { fsync: "on", full_page_writes: "on", synchronous_commit: "on" };
const THROWAWAY = { fsync: "off", full_page_writes: "off", synchronous_commit: "off" };

export interface ServerSettings {
  readonly port: number;
  readonly durable: boolean;
  readonly shared: boolean;
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * The server's arguments without the data directory. `settings` override the defaults.
 * @throws RangeError for a setting that has its own option or that the launcher needs.
 */
export const serverArguments = ({ port, durable, shared, settings }: ServerSettings): string[] => {
  const fixed: Record<string, string> = {
    ...(durable ? DURABLE : THROWAWAY),
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    // Visible in the process list, so that a later start can check whether the starter is still running.
    "embedded_postgres.starter": String(process.pid),
    "embedded_postgres.shared": shared ? "on" : "off",
  };
  const taken = Object.keys(settings).find((name) => name.toLowerCase() in fixed);
  if (taken) throw new RangeError(`The setting ${taken} cannot be changed. Use the options port, durable and shared.`);
  return Object.entries({ ...DEFAULTS, ...settings, ...fixed }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
};

export const starterIn = (command: string): number | undefined => {
  const pid = /embedded_postgres\.starter=(\d+)/.exec(command)?.[1];
  return pid === undefined ? undefined : Number(pid);
};

export const isSharedIn = (command: string): boolean => !command.includes("embedded_postgres.shared=off");

/** A TCP port of 127.0.0.1 that is free at this moment. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
