import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Certificate } from "./certificates.ts";
import { freePort } from "./free-port.ts";
import { watchForSecrets } from "./secrets.ts";
import { until } from "./until.ts";

const CONFIGURATION = new URL("../../deploy/nginx/payments.conf", import.meta.url);
const TEMPORARY = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

export const hasNginx = (): boolean => spawnSync("nginx", ["-v"]).status === 0;

export interface Nginx {
  readonly port: number;
  stop(): Promise<void>;
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.on("error", () => resolve(false)).on("connect", () => socket.end());
  });

/** Runs nginx with the shipped configuration, but other addresses and files. `upstreams` are ports on this machine. */
export const startNginx = async (upstreams: readonly number[], { cert, key }: Certificate): Promise<Nginx> => {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "nginx-"));
  await chmod(folder, 0o755);
  await writeFile(join(folder, "payments.crt"), cert);
  await writeFile(join(folder, "payments.key"), key);
  const shipped = await readFile(CONFIGURATION, "utf8");
  const used = shipped
    .replace(/server 127\.0\.0\.1:3000( [^;]*);/, (_, options) =>
      upstreams.map((upstream) => `server 127.0.0.1:${upstream}${options};`).join("\n"),
    )
    .replace("listen 443 ssl", `listen 127.0.0.1:${port} ssl`)
    .replaceAll("/etc/nginx/tls/", `${folder}/`);
  const file = join(folder, "nginx.conf");
  const temporary = TEMPORARY.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n");
  await writeFile(
    file,
    `daemon off; pid ${folder}/pid; error_log stderr warn;
     events {}
     http { access_log off; ${temporary}
     ${used} }`,
  );
  const child = spawn("nginx", ["-p", folder, "-c", file, "-e", "stderr"], { stdio: ["ignore", "ignore", "pipe"] });
  watchForSecrets(child.stderr);
  let log = "";
  child.stderr.on("data", (data) => {
    log += data;
  });
  await until("nginx listens", () => {
    if (child.exitCode !== null) throw new Error(log);
    return accepts(port);
  });
  return {
    port,
    stop: async () => {
      const closed = once(child, "close");
      child.kill("SIGTERM");
      await closed;
      await rm(folder, { recursive: true });
    },
  };
};
