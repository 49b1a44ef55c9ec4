// A process that starts a server, as an app does. It prints `{url}`. On SIGTERM it queries the database, then stops the
// server. Plain JavaScript with the built package, so that it runs in plain node.
import { setTimeout as sleep } from "node:timers/promises";
import { startEmbeddedPostgres } from "@payments/embedded-postgres";

const { dataDir, uid, exitsAtOnce } = JSON.parse(process.argv[2]);
const send = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

if (uid !== undefined) {
  process.setgroups([]);
  process.setgid(uid);
  process.setuid(uid);
}

const postgres = await startEmbeddedPostgres({ dataDir }).catch((error) => {
  send({ error: error.message });
  process.exit(1);
});

if (!exitsAtOnce) {
  const work = setInterval(() => {}, 60_000);
  process.once("SIGTERM", async () => {
    const { default: pg } = await import("pg");
    await sleep(200);
    const client = new pg.Client({ connectionString: postgres.url() });
    await client.connect();
    const { rows } = await client.query("SELECT 'still here' AS answer");
    await client.end();
    await postgres.stop();
    send(rows[0]);
    clearInterval(work);
  });
}
send({ url: postgres.url() });
