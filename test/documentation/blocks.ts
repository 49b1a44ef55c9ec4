/** A fenced block of a page. */
export interface Block {
  /** The first word after the fence. */
  readonly language: string;
  readonly text: string;
  /** The number of its first line, for messages. */
  readonly line: number;
  /** The reason why a test cannot run it: `norun="..."` after the language. */
  readonly notRunBecause: string | undefined;
  /** `fails` after the language: its last command must fail. */
  readonly fails: boolean;
}

const FENCE = /^ *(`{3,})(\S*) *(.*)$/;

/** The fenced blocks of a Markdown page in order. */
export const blocksOf = (markdown: string): Block[] => {
  const blocks: Block[] = [];
  let open: { readonly fence: string; readonly info: Omit<Block, "text">; readonly lines: string[] } | undefined;
  markdown.split("\n").forEach((line, index) => {
    const [, fence = "", language = "", attributes = ""] = FENCE.exec(line) ?? [];
    if (open === undefined) {
      if (fence === "") return;
      const notRunBecause = /\bnorun="([^"]+)"/.exec(attributes)?.[1];
      const info = { language, line: index + 2, notRunBecause, fails: /\bfails\b/.test(attributes) };
      open = { fence, info, lines: [] };
    } else if (fence === open.fence && language === "") {
      blocks.push({ ...open.info, text: open.lines.join("\n") });
      open = undefined;
    } else open.lines.push(line);
  });
  if (open !== undefined) throw new Error(`the block at line ${open.info.line} has no end`);
  return blocks;
};
