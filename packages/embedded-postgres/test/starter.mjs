// A process that starts a server of its own, as an app does. It says `{url}` on a line, then, on SIGTERM, uses the
// database once more before it stops it. Plain JavaScript over the built package: it runs under plain node.
import { setTimeout as sleep } from "node:timers/promises";
import { startEmbeddedPostgres } from "@payments/embedded-postgres";

const { dataDir, uid, leavesAtOnce } = JSON.parse(process.argv[2]);
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

if (uid !== undefined) {
  process.setgroups([]);
  process.setgid(uid);
  process.setuid(uid);
}

const postgres = await startEmbeddedPostgres({ dataDir }).catch((error) => {
  say({ error: error.message });
  process.exit(1);
});

if (!leavesAtOnce) {
  const work = setInterval(() => {}, 60_000);
  process.once("SIGTERM", async () => {
    const { default: pg } = await import("pg");
    await sleep(200);
    const client = new pg.Client({ connectionString: postgres.url() });
    await client.connect();
    const { rows } = await client.query("SELECT 'still here' AS answer");
    await client.end();
    await postgres.stop();
    say(rows[0]);
    clearInterval(work);
  });
}
say({ url: postgres.url() });
