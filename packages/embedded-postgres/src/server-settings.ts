/** For an API on a small machine. None of them trades durability. */
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
 * The server's command line, without the data directory. `settings` go over the defaults.
 * @throws RangeError for a setting that has an option of its own or that the launcher depends on.
 */
export const serverArguments = ({ port, durable, shared, settings }: ServerSettings): string[] => {
  const fixed: Record<string, string> = {
    ...(durable ? DURABLE : THROWAWAY),
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    // Seen in the process list: a later start can tell whether the one who started this server still lives.
    "embedded_postgres.starter": String(process.pid),
    "embedded_postgres.shared": shared ? "on" : "off",
  };
  const taken = Object.keys(settings).find((name) => name.toLowerCase() in fixed);
  if (taken) throw new RangeError(`The setting ${taken} is not free: see the options port and durable`);
  return Object.entries({ ...DEFAULTS, ...settings, ...fixed }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
};

export const starterIn = (command: string): number | undefined => {
  const pid = /embedded_postgres\.starter=(\d+)/.exec(command)?.[1];
  return pid === undefined ? undefined : Number(pid);
};

export const isSharedIn = (command: string): boolean => !command.includes("embedded_postgres.shared=off");
