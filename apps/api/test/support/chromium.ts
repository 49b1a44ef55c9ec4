import { existsSync } from "node:fs";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** An installed Chromium, `CHROMIUM_PATH` before the usual places; undefined where there is none. */
export const chromiumPath = [process.env["CHROMIUM_PATH"], ...PATHS].find((path) => path && existsSync(path));

/** No sandbox, because tests may run as root; no traffic of the browser's own. */
export const CHROMIUM_ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
