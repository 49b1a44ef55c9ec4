import { readFileSync } from "node:fs";

/** Read from the installed package, so that it always matches. */
export const version = (): string =>
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
