import type { ConnectionOptions } from "node:tls";
import { parse } from "pg-connection-string";

/** A connection string without its TLS parameters, and the TLS options. */
export interface DatabaseUrl {
  readonly connectionString: string;
  /** False: no TLS. Missing: the URL has no TLS parameters. */
  readonly ssl?: false | ConnectionOptions;
}

const KNOWN = ["ssl", "sslmode", "sslrootcert", "sslcert", "sslkey"] as const;
type Parameters = { readonly [Name in (typeof KNOWN)[number]]?: string };

/** libpq's modes `allow` and `prefer` are rejected, because the server decides whether they encrypt. */
const MODES = ["disable", "require", "verify-ca", "verify-full"] as const;
type Mode = (typeof MODES)[number];

/** libpq's name for the system's trust store. Here it is that of Node.js. */
const SYSTEM = "system";

const modeOf = ({ ssl, sslmode, ...files }: Parameters): Mode => {
  if (ssl !== undefined && (ssl !== "true" || sslmode !== undefined)) {
    throw new TypeError("must say sslmode=verify-full or another mode, instead of ssl");
  }
  if (sslmode === undefined && ssl === undefined) {
    throw new TypeError(`must say sslmode=verify-full or another mode beside ${Object.keys(files)}`);
  }
  const mode = sslmode ?? "verify-full";
  if (MODES.some((known) => known === mode)) return mode as Mode;
  throw new TypeError(`must have as its sslmode one of ${MODES.join(", ")}`);
};

const requireFiles = (mode: Mode, { sslrootcert: root, sslcert, sslkey }: Parameters): void => {
  if (mode === "verify-ca" && (root === undefined || root === SYSTEM)) {
    throw new TypeError("must name as sslrootcert a file with the authority's certificate for sslmode=verify-ca");
  }
  if (mode === "require" && root === SYSTEM) {
    throw new TypeError("must name as sslrootcert a file with the authority's certificate for sslmode=require");
  }
  if ((sslcert === undefined) !== (sslkey === undefined)) {
    throw new TypeError("must have sslcert and sslkey, or none of them");
  }
};

/** Reads the certificate files. The driver would read the URL itself, but with other meanings of the modes. */
const tlsOptions = (mode: Mode, { ssl: _, ...parameters }: Parameters): ConnectionOptions => {
  const url = new URL("postgres://host");
  for (const [name, value] of Object.entries({ ...parameters, sslmode: mode })) {
    if (value !== SYSTEM) url.searchParams.set(name, value);
  }
  try {
    const { ssl } = parse(url.href, { useLibpqCompat: true });
    // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED would otherwise switch the verification off.
    return { rejectUnauthorized: true, ...(ssl as ConnectionOptions) };
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    const name = Object.entries(parameters).find(([, value]) => value === path)?.[0];
    if (name === undefined) throw error;
    throw new TypeError(`names as ${name} a file that can't be read (${code})`);
  }
};

/**
 * Reads `postgres://user:password@host:port/database?sslmode=...` with libpq's meanings (PostgreSQL manual, "SSL
 * Support"): `require` encrypts, `verify-ca` also verifies the certificate with the authority in the file
 * `sslrootcert`, `verify-full` also verifies the host name. With `sslrootcert`, `require` is `verify-ca`.
 * @throws TypeError that says what the URL must be instead, without a value from it.
 */
export const parseDatabaseUrl = (text: string): DatabaseUrl => {
  if (!URL.canParse(text) || !/^postgres(ql)?:$/.test(new URL(text).protocol)) {
    throw new TypeError("must be a URL such as postgres://user:password@host:5432/database");
  }
  const url = new URL(text);
  const about = [...url.searchParams.keys()].filter((name) => /^ssl/i.test(name) && name !== "sslnegotiation");
  if (about.length === 0) return { connectionString: text };
  const unknown = about.find((name) => !KNOWN.some((known) => known === name));
  if (unknown !== undefined) throw new TypeError(`has the parameter ${unknown}, which is not supported`);
  const parameters = Object.fromEntries(about.map((name) => [name, url.searchParams.get(name) ?? ""]));
  if (about.length > Object.keys(parameters).length) throw new TypeError("says one thing about TLS twice");
  for (const name of about) url.searchParams.delete(name);
  const mode = modeOf(parameters);
  if (mode === "disable") return { connectionString: url.href, ssl: false };
  requireFiles(mode, parameters);
  return { connectionString: url.href, ssl: tlsOptions(mode, parameters) };
};
