import { createServer, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "@jest/globals";
import { toUuid } from "@payments/domain";
import type { TestClient } from "../support/api-caller.ts";
import { startApi } from "../support/api-process.ts";
import { freePort } from "../support/free-port.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { until } from "../support/until.ts";
import { startEventReceiver } from "./support/event-receiver.ts";
import { guarantee } from "./support/guarantee.ts";
import { createWebhookSetting, type RegisteredEndpoint, registerEndpoint } from "./support/webhook-setting.ts";

const using = undoAfterEach();

const PRELOAD = pathToFileURL(join(import.meta.dirname, "support/preload-resolver.mjs")).href;

/** The only address outside of the public ones that the service may contact. */
const ALLOWED = "127.0.0.2";
const ENDPOINTS_PER_CLIENT = 16;
/** At least as many as there are. */
const CASES = 64;

/** What refused names resolve to. A public address comes first or last among others: one refused address is enough. */
const REFUSED_ANSWERS: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.1"],
  "loopback of another number": ["127.8.8.8"],
  "IPv6 loopback": ["::1"],
  "IPv4-mapped loopback": ["::ffff:127.0.0.1"],
  "IPv4-compatible loopback": ["::127.0.0.1"],
  "IPv4-translated loopback": ["::ffff:0:127.0.0.1"],
  "this host": ["0.0.0.0"],
  "IPv6 this host": ["::"],
  "a public and a private address": ["93.184.215.14", "127.0.0.1"],
  "a private and a public address": ["127.0.0.1", "93.184.215.14"],
  "a public IPv4 and a private IPv6 address": ["93.184.215.14", "::1"],
  "10/8": ["10.0.0.1"],
  "172.16/12": ["172.31.255.254"],
  "192.168/16": ["192.168.0.1"],
  "carrier-grade NAT": ["100.64.0.1"],
  "link-local": ["169.254.1.1"],
  "IPv6 link-local": ["fe80::1"],
  "unique local": ["fd00::1"],
  metadata: ["169.254.169.254"],
  "IPv6 metadata": ["fd00:ec2::254"],
  "metadata at a public address": ["168.63.129.16"],
  "IPv4-mapped metadata": ["::ffff:169.254.169.254"],
  multicast: ["224.0.0.1"],
  "IPv6 multicast": ["ff02::1"],
  broadcast: ["255.255.255.255"],
  reserved: ["240.0.0.1"],
  "NAT64 loopback": ["64:ff9b::7f00:1"],
  "local NAT64 loopback": ["64:ff9b:1::7f00:1"],
  "6to4 loopback": ["2002:7f00:1::1"],
  "Teredo loopback": ["2001:0:7f00:1::1"],
};

/** Refused at registration, and again when they are sent to, as if they were stored under another configuration. */
const refusedUrls = (port: number): readonly string[] => [
  ...["127.0.0.1", "2130706433", "017700000001", "0177.0.0.1", "0x7f000001", "0x7f.1", "127.1", "0.0.0.0"].map(
    (host) => `https://${host}:${port}/`,
  ),
  ...["[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::127.0.0.1]", "localhost", "localhost."].map(
    (host) => `https://${host}:${port}/`,
  ),
  "https://169.254.169.254/latest/meta-data/",
  `https://user:password@${ALLOWED}:${port}/`,
  `http://${ALLOWED}:${port}/`,
  `http://127.0.0.1:${port}/`,
];

/** An address at which this machine could really be reached. */
const ownAddress = (): string =>
  Object.values(networkInterfaces())
    .flatMap((found) => found ?? [])
    .find(({ internal, family }) => !internal && family === "IPv4")?.address ?? "127.0.0.3";

/** Counts connections, and answers none. */
const trap = async (port: number, host?: string) => {
  let contacts = 0;
  const server = createServer((socket) => {
    contacts += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen({ port, ...(host !== undefined && { host }) }, resolve);
  });
  using(server, (own: Server) => own.close());
  return { contacts: () => contacts };
};

/** A few at a time, so that no request is rejected. */
const inParallel = async <Item>(items: IterableIterator<Item>, run: (item: Item) => Promise<void>): Promise<void> => {
  const work = async (): Promise<void> => {
    for (const item of items) await run(item);
  };
  await Promise.all(Array.from({ length: 6 }, work));
};

guarantee(
  {
    id: "webhook-ssrf",
    says: "A webhook to a loopback, private, link-local, metadata, carrier-grade NAT, multicast or reserved address is refused when it connects, in every notation, in mixed DNS answers, after a rebinding and after a redirect. The address is never contacted.",
    covers: "ASVS 5.0 1.3.6, 13.2.4 / CWE-918, CWE-350, CWE-367",
    short: {},
    long: {},
  },
  async (_, { progress }) => {
    const setting = using(await createWebhookSetting(), (own) => own.remove());
    // Without a host, Node listens on every IPv4 and IPv6 address of the machine.
    const everywherePort = await freePort();
    const everywhere = await trap(everywherePort);
    const [rebound, redirect] = ["rebound.example", "redirect.example"] as const;
    const receiver = using(await startEventReceiver(await setting.certificateFor(rebound), undefined, ALLOWED), (own) =>
      own.close(),
    );
    const redirecting = using(
      await startEventReceiver(
        await setting.certificateFor(redirect),
        (response) => response.writeHead(307, { location: `https://127.0.0.1:${everywherePort}/` }).end(),
        ALLOWED,
      ),
      (own) => own.close(),
    );
    const behind = await trap(Number(new URL(receiver.url).port), "127.0.0.1");

    const answers = { ...REFUSED_ANSWERS, "the machine's own address": [ownAddress()] };
    const refusedNames = Object.keys(answers).map((_, index) => `name-${index}.example`);
    const hosts = Object.fromEntries([
      ...Object.values(answers).map((addresses, index) => [refusedNames[index], [addresses]]),
      [rebound, [[ALLOWED], ["127.0.0.1"]]],
      [redirect, [[ALLOWED]]],
    ]);
    const database = using(await createTestDatabase(), (created) => created.drop());
    const api = using(
      await startApi(database.url, {
        ...setting.variables,
        WEBHOOK_ALLOWED_NETWORKS: `${ALLOWED}/32`,
        NODE_OPTIONS: `--import=${PRELOAD}`,
        LADDER_HOSTS: JSON.stringify(hosts),
      }),
      (started) => started.end("SIGKILL"),
    );

    const clients = await Promise.all(
      Array.from({ length: Math.ceil(CASES / ENDPOINTS_PER_CLIENT) }, () => api.createClient("test")),
    );
    let registered = 0;
    const register = async (url: string): Promise<RegisteredEndpoint & { readonly apiKey: string }> => {
      const client = clients[Math.floor(registered++ / ENDPOINTS_PER_CLIENT)] as TestClient;
      return { ...(await registerEndpoint(api, client, { url })), apiKey: client.apiKey };
    };
    const attemptOf = async ({ path, apiKey }: { readonly path: string; readonly apiKey: string }) => {
      const headers = { "x-api-key": apiKey };
      const { body: sent } = await api.request("POST", `${path}/test`, { headers });
      let attempt: { readonly failure: string | null; readonly responseStatus: number | null } | undefined;
      await until(`${path} has an attempt`, async () => {
        const { status, body } = await api.request("GET", `${path}/deliveries`, { headers });
        if (status !== 200) throw new Error(`${path}/deliveries: ${status} ${JSON.stringify(body)}`);
        attempt = body.data.find(({ id }: { readonly id: string }) => id === sent.id)?.attempts[0];
        return attempt !== undefined;
      });
      return attempt;
    };
    const refused = { failure: "address-unavailable", responseStatus: null };

    await inParallel(refusedNames.entries(), async ([index, name]) => {
      const attempt = await attemptOf(await register(`https://${name}:${everywherePort}/`));
      expect([Object.keys(answers)[index], attempt]).toMatchObject([Object.keys(answers)[index], refused]);
    });
    progress(`${registered} names`);
    await inParallel(refusedUrls(everywherePort).values(), async (url) => {
      const headers = { "x-api-key": (clients[0] as TestClient).apiKey };
      const { status } = await api.request("POST", "/webhook-endpoints", { body: { url }, headers });
      const endpoint = await register("https://stored.example/");
      await database
        .knex("webhook_endpoints")
        .where({ id: toUuid(endpoint.id) })
        .update({ url });
      expect([url, status, await attemptOf(endpoint)]).toMatchObject([url, 400, refused]);
    });

    const redirected = await attemptOf(await register(redirecting.url.replace(ALLOWED, redirect)));
    expect(redirected).toMatchObject({ failure: null, responseStatus: 307 });
    const checked = await register(receiver.url.replace(ALLOWED, rebound));
    expect(await attemptOf(checked)).toMatchObject({ failure: null, responseStatus: 200 });
    expect(receiver.received.size).toBe(1);
    // The connection of the first delivery must be gone, so that the name is resolved again, now to 127.0.0.1.
    receiver.cut();
    expect(await attemptOf(checked)).toMatchObject(refused);
    expect({ everywhere: everywhere.contacts(), behind: behind.contacts() }).toEqual({ everywhere: 0, behind: 0 });
    return `${registered} of ${registered} endpoints as specified, refused addresses contacted 0 times`;
  },
);
