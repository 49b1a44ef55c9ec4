import { existsSync } from "node:fs";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** An installed Chromium: `CHROMIUM_PATH`, or one of the usual paths. */
export const chromiumPath = [process.env["CHROMIUM_PATH"], ...PATHS].find((path) => path && existsSync(path));

/** No sandbox, because tests may run as root, and no background traffic. */
export const CHROMIUM_ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
