import { type DestinationStream, type Logger, pino } from "pino";
import pretty from "pino-pretty";
import { harmlessJson, harmlessText } from "./log-text.ts";

const PAGE_BYTES = 8_192;
const FLUSH_MILLISECONDS = 100;
const MAXIMUM_WAITING_BYTES = 16 * 1024 * 1024;

/** A destination that is given only what `harmless` makes of each line. */
export const through = (harmless: (line: string) => string, destination: DestinationStream): DestinationStream => ({
  write: (line) => destination.write(harmless(line)),
});

/** Standard output, written by the page. */
const pages = (): DestinationStream => {
  const output = pino.destination({
    dest: 1,
    sync: false,
    minLength: PAGE_BYTES,
    periodicFlush: FLUSH_MILLISECONDS,
    maxLength: MAXIMUM_WAITING_BYTES,
    contentMode: "buffer",
  });
  // As text, the whole page would be copied for every line that is added to it. The type knows only that mode.
  const write = output.write.bind(output) as unknown as (line: Buffer) => boolean;
  return { write: (line) => write(Buffer.from(line)) };
};

/**
 * JSON lines on stdout, or readable lines where that is a terminal. Lines are written behind the requests that they
 * are about, by the page and at most a tenth of a second later, so that neither a call for each line nor a slow reader
 * slows a request. Lines are lost where the process is killed by force within that time, and while their reader stays
 * behind by more than 16 MiB.
 * No line can hold a line break or a terminal's escape sequence, whatever a caller sent.
 */
export const createLogger = (level: string): Logger =>
  process.stdout.isTTY
    ? pino(
        { level },
        through(harmlessText, pretty({ singleLine: true, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss.l" })),
      )
    : pino({ level, timestamp: pino.stdTimeFunctions.isoTime }, through(harmlessJson, pages()));
