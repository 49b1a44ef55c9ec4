import type { DatabaseInspection } from "@payments/adapters-postgres";
import { ENCODING, ENCODING_ADVICE } from "../../start/prepare-schema.ts";
import { type Check, fault, ok, warning } from "./check.ts";

const [OLDEST, NEWEST] = [15, 18];
const [SKEW_WARNING, SKEW_FAULT] = [500, 5_000];

const server = ({ version, majorVersion, roundTripMs }: DatabaseInspection): Check => {
  const finding = `PostgreSQL ${version} answers in ${roundTripMs.toFixed(1)} ms`;
  if (majorVersion < OLDEST)
    return fault("database", finding, `Upgrade it to ${NEWEST}; ${OLDEST} is the oldest supported version.`);
  if (majorVersion > NEWEST)
    return warning("database", finding, `Versions ${OLDEST} to ${NEWEST} are tested: try it out first.`);
  return ok("database", finding);
};

const checkEncoding = ({ encoding }: DatabaseInspection): Check =>
  encoding === ENCODING
    ? ok("encoding", encoding)
    : fault("encoding", `${encoding}: the service can't store every character`, ENCODING_ADVICE);

const connection = ({ isPrivate }: DatabaseInspection): Check =>
  isPrivate
    ? ok("connection", "encrypted, or within this machine")
    : warning(
        "connection",
        "is not encrypted on the network",
        "Add sslmode=verify-full to DATABASE_URL (docs/operating/database-connection.md).",
      );

const clock = ({ clockSkewMs, roundTripMs }: DatabaseInspection): Check => {
  const skew = Math.max(Math.abs(clockSkewMs) - roundTripMs / 2, 0);
  const direction = clockSkewMs > 0 ? "behind" : "ahead of";
  const finding = `this machine is ${(skew / 1_000).toFixed(1)} s ${direction} the database`;
  const advice = "Synchronize both clocks with NTP: they date payments and end overlaps and tokens.";
  if (skew >= SKEW_FAULT) return fault("clock", finding, advice);
  return skew >= SKEW_WARNING ? warning("clock", finding, advice) : ok("clock", "agrees with the database's clock");
};

/** `synchronous_commit` is not checked: the service sets it for its own connections. */
const durability = ({ durability: settings }: DatabaseInspection): Check => {
  const unsafe = Object.entries(settings).filter(([, value]) => value === "off");
  if (unsafe.length === 0) return ok("durability", "a payment is on disk before it is acknowledged");
  const list = unsafe.map(([name, value]) => `${name} is ${value}`).join(", ");
  return fault(
    "durability",
    `${list}: a crash can lose acknowledged payments`,
    "Turn it on in postgresql.conf and restart PostgreSQL.",
  );
};

/** Checks of the database server itself. */
export const checkServer = (inspection: DatabaseInspection): Check[] =>
  [server, checkEncoding, connection, clock, durability].map((check) => check(inspection));
