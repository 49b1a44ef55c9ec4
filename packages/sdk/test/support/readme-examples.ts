import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The README's programs by their headings. */
export const readmeExamples = (): ReadonlyMap<string, string> => {
  const text = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");
  const sections = text.split(/^## /m).slice(1);
  const found = sections.map(
    (section) => [section.split("\n")[0] ?? "", /```js\n(.*?)```/s.exec(section)?.[1]] as const,
  );
  return new Map(found.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
};
