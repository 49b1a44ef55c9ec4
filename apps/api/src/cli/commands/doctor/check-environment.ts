import { lstatSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../../../config/config-error.ts";
import { environment } from "../../../config/environment.ts";
import { ALL_SECTIONS } from "../../../config/sections.ts";
import { isLocal, LOCAL_DATA, readConfigOrLocal } from "../../../local-data.ts";
import { type Check, fault, ok, warning } from "./check.ts";

const configuration = (): Check[] => {
  try {
    readConfigOrLocal(environment(), ALL_SECTIONS);
    return [ok("configuration", "every variable is usable")];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map((finding) =>
      fault(
        "configuration",
        finding,
        "Mend it in the environment of the service; this command reads the same variables.",
      ),
    );
  }
};

const node = (): Check => {
  const { node: version } = process.versions;
  return Number.parseInt(version, 10) >= 22
    ? ok("Node.js", `version ${version}`)
    : warning("Node.js", `version ${version} gets no security fixes any more`, "Change to Node.js 24.");
};

/** Only where the database is embedded: with `DATABASE_URL` nothing is kept in `.data/`. */
const dataDirectory = (): Check => {
  const secret = lstatSync(join(LOCAL_DATA, "jwt-secret"), { throwIfNoEntry: false });
  if (secret !== undefined && (secret.mode & 0o077) !== 0) {
    return fault(
      ".data",
      "others on this machine can read the secret of the admin tokens",
      "Run `chmod 600 .data/jwt-secret`; if others were there, delete the file: a new one is made.",
    );
  }
  return warning(".data", "DATABASE_URL is not set: payments are kept in .data/", "Set DATABASE_URL in production.");
};

/** What can be told without a database. */
export const checkEnvironment = (): Check[] => [
  ...configuration(),
  node(),
  ...(isLocal(environment()) ? [dataDirectory()] : []),
];
