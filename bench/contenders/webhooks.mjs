import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { generate } from "selfsigned";
import { Agent, request } from "undici";
import { apiKey } from "../database/dataset.mjs";
import { startApi, startServer, WITHOUT_LIMITS } from "./servers.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

const POLL_MS = 20;
const DELIVERY_TIMEOUT_MS = 300_000;

/** Starts a receiver with a certificate for 127.0.0.1. */
export const startReceiver = async (directory) => {
  const altNames = [{ type: 7, ip: "127.0.0.1" }];
  const { cert, private: key } = await generate([{ name: "commonName", value: "127.0.0.1" }], {
    keyType: "ec",
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames },
    ],
  });
  const [certificate, authority] = [join(directory, "receiver.json"), join(directory, "receiver.crt")];
  writeFileSync(certificate, JSON.stringify({ cert, key }));
  writeFileSync(authority, cert);
  const server = await startServer({
    program: path("./webhook-receiver.mjs"),
    environment: { CERTIFICATE: certificate },
  });
  const url = server.url.replace("http:", "https:");
  const dispatcher = new Agent({ connect: { ca: cert } });
  const get = async (what) => {
    const { body } = await request(`${url}/${what}`, { dispatcher });
    return body.text();
  };
  const report = async () => JSON.parse(await get("report"));
  return {
    url,
    pid: server.pid,
    authority,
    report,
    /** Forgets what it received. */
    reset: () => get("reset"),
    /** Resolves with the report when this many webhooks have arrived. */
    async received(count) {
      for (const deadline = Date.now() + DELIVERY_TIMEOUT_MS; ; await sleep(POLL_MS)) {
        const found = Number(await get("count"));
        if (found >= count) return report();
        if (Date.now() > deadline) throw new Error(`${found} of ${count} webhooks arrived`);
      }
    },
    stop: () => server.stop(),
    /** Posts bodies as fast as one process of undici can. */
    async loop({ file, count, connections }) {
      const options = { url: `${url}/hook`, file, count, connections, ca: cert };
      const { stdout } = await promisify(execFile)(process.execPath, [
        path("../load/webhook-loop.mjs"),
        JSON.stringify(options),
      ]);
      const { elapsedMs, nodeMicroseconds } = JSON.parse(stdout);
      return { count, perSecond: (count * 1_000) / elapsedMs, nodeMicroseconds, faults: 0 };
    },
  };
};

/** The API, allowed to deliver to the receiver. */
export const startDeliveringApi = (databaseUrl, receiver, { environment = {}, nodeArguments = [] } = {}) =>
  startApi(databaseUrl, {
    nodeArguments,
    environment: {
      ...WITHOUT_LIMITS,
      ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64"),
      WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8",
      NODE_EXTRA_CA_CERTS: receiver.authority,
      ...environment,
    },
  });

/** Registers a URL for the client. */
export const register = async (api, client, url) => {
  const response = await fetch(`${api.url}/webhook-endpoints`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": apiKey(client) },
    body: JSON.stringify({ url }),
  });
  if (response.status !== 201) throw new Error(`No endpoint was created: ${await response.text()}`);
  await response.arrayBuffer();
};
