import { describe, expect, it } from "@jest/globals";
import { expectError, expectOk } from "@payments/domain/testing";
import fc from "fast-check";
import { parseJson } from "../../src/server/parse-json.ts";

const parse = (text: string) => parseJson(Buffer.from(text));
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

describe("strict JSON", () => {
  it("parses the output of JSON.stringify as JSON.parse does", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 1, 3), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        // Rejected on purpose: this name, and integers that a double may not represent.
        fc.pre(!/__proto__|\d{16}/.test(text));
        expect(expectOk(parse(text))).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it("never accepts a text that JSON.parse rejects", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...'{}[]",:0123.eE+-tfn\\u \nul"a'), { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        const read = parse(text);
        if (read.isOk()) expect(read.value).toEqual(JSON.parse(text));
      }),
      { numRuns: 5_000 },
    );
  });

  it.each(["0", "-0", "1.5", "1e2", "9007199254740992", "1E400".replace("400", "300"), '"\\ud83d\\ude42"', nested(32)])(
    "accepts %s",
    (text) => {
      expect(expectOk(parse(text))).toEqual(JSON.parse(text));
    },
  );

  it.each([
    ["a name twice", '{"a":1,"a":1}'],
    ["a name twice, once escaped", '{"a":1,"\\u0061":1}'],
    ["__proto__", '{"__proto__":{}}'],
    ["__proto__, escaped", '{"\\u005f_proto__":{}}'],
    ["a number over all bounds", "1e400"],
    ["a number that becomes zero", "1e-400"],
    ["an integer that a double changes", "9007199254740993"],
    ["too deep a nesting", nested(33)],
    ["nothing", ""],
    ["white space", " \n"],
    ["more after the end", "{} {}"],
    ["a byte order mark", "\ufeff{}"],
    ["a comment", "{}//"],
    ["a trailing comma", "[1,]"],
    ["a leading zero", "01"],
    ["NaN", "NaN"],
    ["single quotes", "{'a':1}"],
    ["a control character", '"\n"'],
    ["an unknown escape", '"\\x41"'],
    ["an open string", '"abc'],
  ])("rejects %s", (_, text) => {
    expect(expectError(parse(text)).detail).toMatch(/^The body is .*\.$/);
  });

  it("rejects bytes that are not UTF-8", () => {
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0x22, 0xc0, 0xaf, 0x22],
    ]) {
      expect(parseJson(Uint8Array.from(bytes)).isErr()).toBe(true);
    }
  });
});
