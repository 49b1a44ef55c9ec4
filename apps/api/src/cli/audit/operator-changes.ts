import { hostname, userInfo } from "node:os";
import type { Actor, AuditEventType, ClientId } from "@payments/domain";
import { pino } from "pino";
import { harmlessJson } from "../../observability/log-text.ts";
import { through } from "../../observability/logger.ts";

/** A user of a container may have no name. */
const userName = (): string | null => {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
};

/** Who runs the command, for the audit events of its changes. */
export const operator = (): Extract<Actor, { type: "operator" }> => ({
  type: "operator",
  user: userName(),
  host: hostname(),
});

/** Logs a change after it was made. Storage already holds its audit event. */
export type LogChange = (event: AuditEventType, clientId: ClientId, details?: object) => void;

/** Writes one line of JSON per change to stderr, unless that is a terminal: containers and cron jobs ship it. */
export const createChangeLog = (): LogChange => {
  const level = process.stderr.isTTY ? "silent" : "info";
  const logger = pino({ level, timestamp: pino.stdTimeFunctions.isoTime }, through(harmlessJson, process.stderr));
  const { user } = operator();
  return (event, clientId, details = {}) => logger.info({ event, clientId, user, ...details }, event);
};
