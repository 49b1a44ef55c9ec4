import { styleText } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { wrapped } from "../src/terminal/wrap.ts";

const onTerminal = (text: string, columns: number): string => wrapped(text, { isTTY: true, columns });

describe("A text on a terminal", () => {
  it("breaks between words, and continues an indented line below its first word", () => {
    expect(onTerminal("The key stops working at once.\n  PORT must be a number.", 16)).toBe(
      "The key stops\nworking at once.\n  PORT must be a\n  number.",
    );
  });

  it("continues a value in its own column, also beside a styled name", () => {
    const name = styleText("bold", "last used", { validateStream: false });
    expect(onTerminal(`${name}   no use was recorded`, 30)).toBe(`${name}   no use was\n${" ".repeat(12)}recorded`);
  });

  it("keeps a word that is longer than the terminal whole", () => {
    const url = `https://shop.example/${"x".repeat(40)}`;
    expect(onTerminal(`Open ${url} now`, 20)).toBe(`Open\n${url}\nnow`);
  });

  it("keeps a line that fits, with all of its spaces", () => {
    expect(onTerminal("a  b   c", 8)).toBe("a  b   c");
  });

  it.each([
    { isTTY: false, columns: 10 },
    { isTTY: true, columns: 0 },
  ])("is not broken for %j: a pipe, or a terminal that does not tell its width", (screen) => {
    expect(wrapped("more than ten columns", screen)).toBe("more than ten columns");
  });
});
