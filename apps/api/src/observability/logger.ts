import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type DestinationStream, type Logger, pino } from "pino";
import { harmlessJson, harmlessText } from "./log-text.ts";

const PAGE_BYTES = 8_192;
const FLUSH_INTERVAL_MS = 100;
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;
/** A slow reader of the log delays the end of the process by at most this time. */
const END_TIMEOUT_MS = 2_000;
/** A slow reader of the log delays the response to a change by at most this time. */
const FLUSH_TIMEOUT_MS = 1_000;

export interface Destination extends DestinationStream {
  /** Calls back once all lines so far are written, after 1 s at the latest. */
  flush?(done: () => void): void;
}

/** Passes each line through `harmless` before `destination`. */
export const through = (harmless: (line: string) => string, destination: Destination): Destination => ({
  write: (line) => destination.write(harmless(line)),
  flush: (done) => (destination.flush ? destination.flush(done) : done()),
});

/** Standard output, written in pages. */
const openOutput = () => {
  const output = pino.destination({
    dest: 1,
    sync: false,
    minLength: PAGE_BYTES,
    periodicFlush: FLUSH_INTERVAL_MS,
    maxLength: MAX_BUFFERED_BYTES,
    contentMode: "buffer",
  });
  // Each concurrent change adds a listener.
  output.setMaxListeners(0);
  let isReported = false;
  output.on("error", ({ message }: Error) => {
    if (!isReported) console.error(`The log can't be written: ${message}. The service continues and retries.`);
    isReported = true;
  });
  return output;
};

export interface Log {
  readonly logger: Logger;
  /** Resolves once all lines are written, or after 2 s: lines that are unread by then are lost. Never rejects. */
  end(): Promise<void>;
}

/**
 * JSON lines on stdout, or readable lines on a terminal. Lines are written in pages, at most 100 ms after their request,
 * so that neither a system call per line nor a slow reader slows a request. Lines are lost when the process is killed
 * within that time, and while the reader is more than 16 MiB behind. The line of a change is written before its response,
 * unless the reader is more than 1 s behind. No line contains a line break or a terminal's escape sequence, whatever a
 * caller sent.
 */
export const createLog = async (level: string): Promise<Log> => {
  if (process.stdout.isTTY) {
    // Loaded only here: the service starts faster without it.
    const { default: pretty } = await import("pino-pretty");
    const lines = pretty({ singleLine: true, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss.l" });
    return { logger: pino({ level }, through(harmlessText, lines)), end: async () => {} };
  }
  const output = openOutput();
  // A text page would be copied for every added line. The types know only the text mode.
  const write = output.write.bind(output) as unknown as (line: Buffer) => boolean;
  const bytes: Destination = {
    write: (line) => write(Buffer.from(line)),
    flush: (done) => {
      const late = setTimeout(done, FLUSH_TIMEOUT_MS).unref();
      // The first flush may only end a write in progress; the second one writes the lines since.
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
      await Promise.race([ended, sleep(END_TIMEOUT_MS)]);
      // Otherwise the process waits forever for a reader that does not read.
      output.destroy();
    },
  };
};
