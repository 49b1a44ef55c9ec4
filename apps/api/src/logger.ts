import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type DestinationStream, type Logger, pino } from "pino";
import { harmlessJson, harmlessText } from "./log-text.ts";

const PAGE_BYTES = 8_192;
const FLUSH_MILLISECONDS = 100;
const MAXIMUM_WAITING_BYTES = 16 * 1024 * 1024;
/** So long a reader that is behind is waited for at the end. */
const LAST_LINES_MILLISECONDS = 2_000;
/** So long who made a change is kept waiting for its line. */
const FLUSH_LIMIT_MILLISECONDS = 1_000;

export interface Destination extends DestinationStream {
  /** Calls back once every line until now is written, at the latest after 1 s. */
  flush?(done: () => void): void;
}

/** A destination that is given only what `harmless` makes of each line. */
export const through = (harmless: (line: string) => string, destination: Destination): Destination => ({
  write: (line) => destination.write(harmless(line)),
  flush: (done) => (destination.flush ? destination.flush(done) : done()),
});

/** Standard output, written by the page. */
const openOutput = () => {
  const output = pino.destination({
    dest: 1,
    sync: false,
    minLength: PAGE_BYTES,
    periodicFlush: FLUSH_MILLISECONDS,
    maxLength: MAXIMUM_WAITING_BYTES,
    contentMode: "buffer",
  });
  // Changes that are made at the same time all listen for their lines.
  output.setMaxListeners(0);
  let isTold = false;
  output.on("error", ({ message }: Error) => {
    if (!isTold) console.error(`The log can't be written: ${message}. The service goes on, and tries again.`);
    isTold = true;
  });
  return output;
};

export interface Log {
  readonly logger: Logger;
  /** Resolves once everything is written, at the latest after 2 s: what nobody has read by then is lost. Never rejects. */
  end(): Promise<void>;
}

/**
 * JSON lines on stdout, or readable lines where that is a terminal. Lines are written behind the requests that they
 * are about, by the page and at most a tenth of a second later, so that neither a call for each line nor a slow reader
 * slows a request. Lines are lost where the process is killed by force within that time, and while their reader stays
 * behind by more than 16 MiB; the line of a change is out before the change is answered, unless its reader is behind by
 * more than 1 s.
 * No line can hold a line break or a terminal's escape sequence, whatever a caller sent.
 */
export const createLog = async (level: string): Promise<Log> => {
  if (process.stdout.isTTY) {
    // Only here: without it the service starts sooner.
    const { default: pretty } = await import("pino-pretty");
    const lines = pretty({ singleLine: true, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss.l" });
    return { logger: pino({ level }, through(harmlessText, lines)), end: async () => {} };
  }
  const output = openOutput();
  // As text, the whole page would be copied for every line that is added to it. The type knows only that mode.
  const write = output.write.bind(output) as unknown as (line: Buffer) => boolean;
  const bytes: Destination = {
    write: (line) => write(Buffer.from(line)),
    flush: (done) => {
      const late = setTimeout(done, FLUSH_LIMIT_MILLISECONDS).unref();
      // The first may only have ended a write that was under way; what has come since is then written by the second.
      output.flush(() =>
        output.flush(() => {
          clearTimeout(late);
          done();
        }),
      );
    },
  };
  return {
    logger: pino({ level, timestamp: pino.stdTimeFunctions.isoTime }, through(harmlessJson, bytes)),
    end: async () => {
      const ended = once(output, "close").catch(() => {});
      output.end();
      await Promise.race([ended, sleep(LAST_LINES_MILLISECONDS)]);
      // At its exit the process would wait without an end for a reader that does not read.
      output.destroy();
    },
  };
};
