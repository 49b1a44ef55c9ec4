import { appendFileSync, closeSync, openSync } from "node:fs";
import { userInfo } from "node:os";
import type { ChangeEvent } from "@payments/adapters-http";
import type { ClientId } from "@payments/domain";
import { type DestinationStream, pino } from "pino";
import { environment } from "../config/environment.ts";
import { readConfig } from "../config/read-config.ts";
import { CommandFailed, EXIT } from "../errors/command-failed.ts";
import { harmlessJson } from "../observability/log-text.ts";
import { through } from "../observability/logger.ts";
import { reasonOf } from "./private-file.ts";

/** Records a change after it was made: the event that the service logs, with the user of this machine. */
export type AuditChange = (
  event: ChangeEvent | "api-key-issued" | "payment-captured" | "payment-canceled" | "payment-refunded",
  clientId: ClientId,
  details?: object,
) => void;

const userName = (): string | null => {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
};

const writingTo = (file: string, handle: number): DestinationStream => ({
  write: (line) => {
    try {
      appendFileSync(handle, line);
    } catch (error) {
      const reason = reasonOf(error as NodeJS.ErrnoException);
      // Not thrown: the command must still show a new key.
      console.error(`The change was made, but its event can't be written to ${file}: ${reason}. The event:\n${line}`);
      process.exitCode = EXIT.failed;
    }
  },
});

/** Opens the file before any change: a change without its event must not happen. */
const open = (file: string): number => {
  try {
    return openSync(file, "a", 0o600);
  } catch (error) {
    const reason = reasonOf(error as NodeJS.ErrnoException);
    throw new CommandFailed(
      `AUDIT_FILE (${file}) can't be written: ${reason}. Nothing was changed.`,
      EXIT.configuration,
    );
  }
};

/** Writes one line of JSON per change to `AUDIT_FILE`, or else to stderr unless that is a terminal. */
export const withAudit = async <Result>(work: (changed: AuditChange) => Promise<Result>): Promise<Result> => {
  const { auditFile } = readConfig(environment(), ["logging"]).logging;
  const handle = auditFile === null ? null : open(auditFile);
  const destination = auditFile === null || handle === null ? process.stderr : writingTo(auditFile, handle);
  const level = handle === null && process.stderr.isTTY ? "silent" : "info";
  const logger = pino({ level, timestamp: pino.stdTimeFunctions.isoTime }, through(harmlessJson, destination));
  try {
    return await work((event, clientId, details = {}) =>
      logger.info({ event, clientId, user: userName(), ...details }, event),
    );
  } finally {
    if (handle !== null) closeSync(handle);
  }
};
