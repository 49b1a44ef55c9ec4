import { type Logger, pino } from "pino";
import pretty from "pino-pretty";

/** JSON lines on stdout, or readable lines where that is a terminal. */
export const createLogger = (level: string): Logger =>
  process.stdout.isTTY
    ? pino({ level }, pretty({ singleLine: true, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss.l" }))
    : pino({ level, timestamp: pino.stdTimeFunctions.isoTime });
