import { type Logger, pino } from "pino";
import pretty from "pino-pretty";

const MAXIMUM_WAITING_BYTES = 16 * 1024 * 1024;

/**
 * JSON lines on stdout, or readable lines where that is a terminal. Lines are written behind the requests that they
 * are about, so that a slow reader of them slows no request; while it stays behind by more than 16 MiB, lines are lost.
 */
export const createLogger = (level: string): Logger =>
  process.stdout.isTTY
    ? pino({ level }, pretty({ singleLine: true, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss.l" }))
    : pino(
        { level, timestamp: pino.stdTimeFunctions.isoTime },
        pino.destination({ dest: 1, sync: false, maxLength: MAXIMUM_WAITING_BYTES }),
      );
