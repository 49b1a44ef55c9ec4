import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";

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

const contentOf = (name: string, path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new TypeError(`names as ${name} a file that can't be read (${(error as NodeJS.ErrnoException).code})`);
  }
};

const verification = (mode: Mode, root: string | undefined): ConnectionOptions => {
  if (mode === "require" && root === undefined) return { rejectUnauthorized: false };
  if (mode === "verify-full" && (root === undefined || root === SYSTEM)) return { rejectUnauthorized: true };
  if (root === undefined || root === SYSTEM) {
    throw new TypeError(`must name as sslrootcert a file with the authority's certificate for sslmode=${mode}`);
  }
  const verified = { rejectUnauthorized: true, ca: contentOf("sslrootcert", root) };
  return mode === "verify-full" ? verified : { ...verified, checkServerIdentity: () => undefined };
};

const own = ({ sslcert, sslkey }: Parameters): ConnectionOptions => {
  if (sslcert === undefined && sslkey === undefined) return {};
  if (sslcert === undefined || sslkey === undefined)
    throw new TypeError("must have sslcert and sslkey, or none of them");
  return { cert: contentOf("sslcert", sslcert), key: contentOf("sslkey", sslkey) };
};

/**
 * Reads `postgres://user:password@host:port/database?sslmode=...` as PostgreSQL's own clients do (manual,
 * chapter "SSL Support" of libpq): `require` encrypts, `verify-ca` also wants a certificate of the authority in
 * the file `sslrootcert`, `verify-full` also the host's name in it; `sslrootcert` makes `require` a `verify-ca`.
 * node-postgres would read the modes otherwise, and let NODE_TLS_REJECT_UNAUTHORIZED switch them off. Throws a
 * TypeError that says, without a value, what the URL must be instead.
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
  return {
    connectionString: url.href,
    ssl: mode !== "disable" && { ...verification(mode, parameters["sslrootcert"]), ...own(parameters) },
  };
};
