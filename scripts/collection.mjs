// npm run collection: writes the Postman collection of the API (Bruno and others import it, too), after running it
// against a service of its own. Converter and runner weigh more than everything else together, and are needed here
// alone: npx fetches them.

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { issueAdminToken } from "@payments/adapters-crypto";
import { openApiDocument } from "@payments/adapters-http";
import { ALL_SECTIONS, PaymentsServer, readConfig } from "@payments/api";
import { startEmbeddedPostgres } from "@payments/embedded-postgres";
import { pino } from "pino";
import { collectionSource, sourceDigest } from "./collection/collection-source.mjs";
import { finishCollection } from "./collection/finish-collection.mjs";

const CONVERTER = "openapi-to-postmanv2@6.3.3";
const RUNNER = "newman@6.2.2";
const OPTIONS = "folderStrategy=Tags,parametersResolution=Example,keepImplicitHeaders=false";
const TARGET = join(
  dirname(dirname(fileURLToPath(import.meta.url))),
  "docs",
  "reference",
  "payments.postman_collection.json",
);

const folder = mkdtempSync(join(tmpdir(), "collection-"));
chmodSync(folder, 0o755);
const file = (name) => join(folder, name);

const npx = async (name, command, args) => {
  const all = ["--yes", "--prefer-offline", "--package", name, "--", command, ...args];
  const child = spawn("npx", all, { stdio: ["ignore", "inherit", "inherit"], shell: process.platform === "win32" });
  const [status] = await once(child, "exit");
  if (status !== 0)
    throw new Error(`${name} failed: see what it says above. The first time it needs the npm registry.`);
};

const convert = async (document) => {
  const source = collectionSource(document);
  writeFileSync(file("source.json"), JSON.stringify(source));
  await npx(CONVERTER, "openapi2postmanv2", ["-s", file("source.json"), "-o", file("converted.json"), "-O", OPTIONS]);
  const converted = JSON.parse(readFileSync(file("converted.json"), "utf8"));
  const finished = finishCollection(converted, source, sourceDigest(document));
  return `${JSON.stringify(finished, null, 2)}\n`;
};

const tryOut = async (collection) => {
  writeFileSync(file("collection.json"), collection);
  const secret = "a secret of the collection's run alone";
  const database = await startEmbeddedPostgres({ dataDir: file("postgres"), durable: false });
  const ENCRYPTION_KEY = randomBytes(32).toString("base64");
  const environment = { DATABASE_URL: database.url("postgres"), JWT_SECRET: secret, ENCRYPTION_KEY, PORT: "0" };
  const server = new PaymentsServer(readConfig(environment, ALL_SECTIONS), pino({ level: "silent" }));
  try {
    const url = await server.start();
    const token = await issueAdminToken({ secret, subject: "collection", lifetimeSeconds: 60, now: new Date() });
    const variables = ["--env-var", `baseUrl=${url}`, "--env-var", `adminToken=${token}`];
    await npx(RUNNER, "newman", ["run", file("collection.json"), ...variables]);
  } finally {
    await server.stop();
    await database.stop();
  }
};

try {
  const collection = await convert(openApiDocument(""));
  await tryOut(collection);
  writeFileSync(TARGET, collection);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
