import { PassThrough } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { pino } from "pino";
import pretty from "pino-pretty";
import { harmlessJson, harmlessText } from "../src/observability/log-text.ts";
import { through } from "../src/observability/logger.ts";

/** Characters that end a line, start a terminal's escape sequence or change the direction of text. */
const OBEYED = /[\p{Cc}\u2028\u2029\p{Bidi_Control}]/u;
const OBEYED_BESIDES_BREAKS = /(?![\t\n])[\p{Cc}\u2028\u2029\p{Bidi_Control}]/u;

const anyText = fc.string({
  unit: fc.oneof(fc.integer({ min: 0, max: 0xff }), fc.integer({ min: 0x2000, max: 0x206f })).map(String.fromCharCode),
});

describe("a line of the log", () => {
  it("keeps its meaning, and loses every character that a terminal obeys", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const line = harmlessJson(JSON.stringify({ text }));
        expect(JSON.parse(line)).toEqual({ text });
        expect(line).not.toMatch(OBEYED);
      }),
    );
  });

  it("shows control characters as their escapes when it is printed unquoted", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = JSON.parse(harmlessText(JSON.stringify({ text }))).text;
        expect(shown).not.toMatch(OBEYED_BESIDES_BREAKS);
        if (!OBEYED.test(text)) expect(shown).toBe(text);
      }),
    );
    expect(JSON.parse(harmlessText(JSON.stringify("\u001b[2J\u009b2J\\u001b")))).toBe("\\u001b[2J\\u009b2J\\u001b");
  });

  it.each([
    ["as JSON", harmlessJson, (stream: PassThrough) => stream],
    [
      "for a terminal",
      harmlessText,
      (destination: PassThrough) => pretty({ destination, singleLine: true, colorize: false }),
    ],
  ])("stays one line %s, whatever its fields contain", async (_, harmless, open) => {
    const written = new PassThrough();
    const logger = pino({ base: null }, through(harmless, open(written)));
    const evil = 'a\r\nb\n{"level":30}\u001b]0;title\u0007\u009b2J\u2028\u202e';
    logger.info({ admin: evil, clientId: evil }, "request");
    const text = await new Promise<string>((resolve) => written.once("data", (data) => resolve(String(data))));
    expect(text).toMatch(/\n$/);
    expect(text.slice(0, -1)).not.toMatch(OBEYED);
  });
});
