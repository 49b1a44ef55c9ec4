import type { LookupAddress } from "node:dns";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { UndiciWebhookSender, type UndiciWebhookSenderOptions } from "@payments/adapters-webhooks";
import type { AttemptOutcome, WebhookRequest, WebhookSecret, WebhookUrl } from "@payments/domain";
import { expectOk } from "@payments/domain/testing";
import { Webhook } from "standardwebhooks";
import { createAuthority, createCertificate } from "../../../test/support/certificates.ts";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";
import { type Receiver, type Respond, startReceiver } from "../../../test/support/webhook-receiver.ts";

const SECRETS = [`whsec_${Buffer.alloc(24, 1).toString("base64")}`, `whsec_${Buffer.alloc(64, 2).toString("base64")}`];
const BODY = '{"type":"payment.succeeded","data":{"object":{"description":"Rechnung für Ü"}}}';

const using = undoAfterEach();
const receive = async (respond?: Respond): Promise<Receiver> =>
  using(await startReceiver(respond), (receiver) => receiver.close());
const senderWith = (options: Partial<UndiciWebhookSenderOptions> = {}): UndiciWebhookSender =>
  using(new UndiciWebhookSender({ allowedNetworks: [], plainHttpToLoopback: true, ...options }), (sender) =>
    sender.close(),
  );
const requestTo = (url: string, secrets: readonly string[] = SECRETS.slice(0, 1)): WebhookRequest => ({
  url: url as WebhookUrl,
  id: "evt_01kdy42agge009rf8bhszpmqa2",
  sentAt: new Date(),
  body: BODY,
  secrets: secrets as readonly WebhookSecret[],
});
const post = async (receiver: Receiver, options: Partial<UndiciWebhookSenderOptions> = {}): Promise<AttemptOutcome> =>
  expectOk(await senderWith(options).send(requestTo(`http://127.0.0.1:${receiver.port}/hook`)));

describe("UndiciWebhookSender", () => {
  it("signs as Standard Webhooks defines, with every secret", async () => {
    const receiver = await receive();
    const request = requestTo(`http://127.0.0.1:${receiver.port}/hook`, SECRETS);
    expect(expectOk(await senderWith().send(request))).toEqual({
      type: "responded",
      status: 200,
      response: "ok",
      retryAfterMs: null,
    });
    const [{ headers, body, path } = { headers: {}, body: "", path: "" }] = receiver.requests;
    expect(path).toBe("/hook");
    expect(body).toBe(BODY);
    expect(headers["content-type"]).toBe("application/json");
    expect(headers["webhook-id"]).toBe(request.id);
    for (const secret of SECRETS) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(BODY));
    const other = new Webhook(Buffer.alloc(32, 3).toString("base64"));
    expect(() => other.verify(body, headers)).toThrow("No matching signature found");
    expect(() => new Webhook(SECRETS[0] ?? "").verify(`${body} `, headers)).toThrow("No matching signature found");
  });

  it("reuses connections", async () => {
    const receiver = await receive();
    const sender = senderWith();
    for (let count = 0; count < 10; count++) {
      expectOk(await sender.send(requestTo(`http://127.0.0.1:${receiver.port}/`)));
    }
    expect(receiver.connections()).toBeLessThanOrEqual(2);
  });

  it("follows no redirect", async () => {
    const target = await receive();
    const receiver = await receive((response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${target.port}/` }).end(),
    );
    expect(await post(receiver)).toMatchObject({ status: 302 });
    expect(target.connections()).toBe(0);
  });

  it.each([
    ["120", 120_000],
    ["0", 0],
    ["9999999999", 9_999_999_999_000],
    ["99999999999999999999", Number.MAX_SAFE_INTEGER],
    ["soon", null],
    ["-5", null],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
  ])("reads Retry-After: %s", async (header, retryAfterMs) => {
    const receiver = await receive((response) => response.writeHead(429, { "retry-after": header }).end());
    expect(await post(receiver)).toMatchObject({ status: 429, retryAfterMs });
  });

  it("reads a date of Retry-After", async () => {
    const date = new Date(Date.now() + 60_000).toUTCString();
    const receiver = await receive((response) => response.writeHead(503, { "retry-after": date }).end());
    const outcome = (await post(receiver)) as { retryAfterMs: number };
    expect(outcome.retryAfterMs).toBeGreaterThan(50_000);
    expect(outcome.retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it("keeps the first KiB of the response, as text that storage accepts", async () => {
    const receiver = await receive((response) => response.end(`\0ü${"x".repeat(10_000)}`));
    const outcome = (await post(receiver)) as { response: string };
    expect(outcome.response).toBe(`\uFFFDü${"x".repeat(1_021)}`);
  });

  it("cuts a body of 1 GB after the first KiB", async () => {
    let written = 0;
    const receiver = await receive((response) => {
      const chunk = Buffer.alloc(65_536, 120);
      const write = (): void => {
        while (written < 1_073_741_824 && !response.destroyed) {
          written += chunk.length;
          if (!response.write(chunk)) {
            response.once("drain", write);
            return;
          }
        }
        response.end();
      };
      write();
    });
    expect(await post(receiver)).toMatchObject({ status: 200, response: "x".repeat(1_024) });
    expect(written).toBeLessThan(64 * 1_048_576);
  });

  it("ends an attempt whose headers are late", async () => {
    const receiver = await receive(() => undefined);
    const began = performance.now();
    expect(await post(receiver, { timeoutMs: 200 })).toEqual({ type: "failed", reason: "timeout" });
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it("ends an attempt whose headers drip", async () => {
    const receiver = await receive((response) => {
      response.socket?.write("HTTP/1.1 200 OK\r\n");
      const drip = setInterval(() => response.socket?.write("x-drip: 1\r\n"), 20);
      response.socket?.on("close", () => clearInterval(drip));
    });
    expect(await post(receiver, { timeoutMs: 200 })).toEqual({ type: "failed", reason: "timeout" });
  });

  it("takes the status of a response whose body drips beyond the timeout", async () => {
    const receiver = await receive((response) => {
      response.write("started");
      const drip = setInterval(() => response.write("."), 20);
      response.on("close", () => clearInterval(drip));
    });
    const outcome = await post(receiver, { timeoutMs: 200 });
    expect(outcome).toMatchObject({ status: 200, response: expect.stringMatching(/^started\.*$/) });
  });

  it("reports a connection that the receiver resets, before and after the headers", async () => {
    const before = await receive((response) => response.socket?.resetAndDestroy());
    expect(await post(before)).toEqual({ type: "failed", reason: "connection-lost" });
    const after = await receive((response) => {
      response.writeHead(200).write("cut ");
      setTimeout(() => response.socket?.resetAndDestroy(), 50);
    });
    expect(await post(after)).toMatchObject({ status: 200, response: "cut " });
  });

  it("reports a refused connection, a closed port and an unknown name", async () => {
    const receiver = await receive();
    await receiver.close();
    expect(await post(receiver)).toEqual({ type: "failed", reason: "connection-refused" });
    const unknown = senderWith().send(requestTo("https://nowhere.invalid/"));
    expect(expectOk(await unknown)).toEqual({ type: "failed", reason: "address-unavailable" });
  });

  it("reports a response that is not HTTP", async () => {
    const receiver = await receive((response) => response.socket?.end("220 mail.example ESMTP\r\n"));
    expect(await post(receiver)).toEqual({ type: "failed", reason: "request-failed" });
  });
});

describe("the address check", () => {
  const answering = (...answers: readonly (readonly string[])[]) => {
    let asked = 0;
    const resolve: UndiciWebhookSenderOptions["resolve"] = (_, callback) => {
      const addresses = answers[Math.min(asked++, answers.length - 1)] ?? [];
      callback(
        null,
        addresses.map((address): LookupAddress => ({ address, family: address.includes(":") ? 6 : 4 })),
      );
    };
    return { resolve, asked: () => asked };
  };
  const refused = { type: "failed", reason: "address-unavailable" };
  const closed = { plainHttpToLoopback: false } as const;

  it.each([
    ["loopback", ["127.0.0.1"]],
    ["IPv6 loopback", ["::1"]],
    ["IPv4-mapped loopback", ["::ffff:127.0.0.1"]],
    ["a public and a private address", ["93.184.215.14", "127.0.0.1"]],
    ["a private and a public address", ["127.0.0.1", "93.184.215.14"]],
    ["metadata", ["169.254.169.254"]],
    ["NAT64", ["64:ff9b::7f00:1"]],
  ])("never contacts a name that resolves to %s", async (_, addresses) => {
    const receiver = await receive();
    const { resolve, asked } = answering(addresses);
    const sender = senderWith({ ...closed, resolve });
    const url = `https://hooks.example:${receiver.port}/`;
    expectOk(sender.parseUrl(url));
    expect(expectOk(await sender.send(requestTo(url)))).toEqual(refused);
    expect(asked()).toBe(1);
    expect(receiver.connections()).toBe(0);
  });

  it("tells the operator which host was refused, and the client no more than of a name that does not resolve", async () => {
    const hosts: string[] = [];
    const onRefused = (host: string) => hosts.push(host);
    const url = "https://hooks.example:1/";
    const unknown = await senderWith({ ...closed, onRefused, resolve: answering([]).resolve }).send(requestTo(url));
    expect(hosts).toEqual([]);
    const { resolve } = answering(["10.1.2.3"]);
    expect(await senderWith({ ...closed, onRefused, resolve }).send(requestTo(url))).toEqual(unknown);
    expect(hosts).toEqual(["hooks.example"]);
  });

  it("connects to the address that it checked, although the name resolves to another one by then", async () => {
    const [checked, rebound] = [await receive(), await receive()];
    const { resolve, asked } = answering(["127.0.0.2"], ["127.0.0.1"]);
    const sender = senderWith({ allowedNetworks: ["127.0.0.2/32"], ...closed, resolve, timeoutMs: 2_000 });
    // Nothing listens on 127.0.0.2: only a second look-up could reach the receiver on 127.0.0.1.
    const outcome = await sender.send(requestTo(`https://hooks.example:${checked.port}/`));
    expect(expectOk(outcome)).toEqual({ type: "failed", reason: "connection-refused" });
    expect(asked()).toBe(1);
    const again = await sender.send(requestTo(`https://hooks.example:${rebound.port}/`));
    expect(expectOk(again)).toEqual(refused);
    expect(checked.connections() + rebound.connections()).toBe(0);
  });

  it.each(["127.0.0.1", "2130706433", "0177.0.0.1", "0x7f000001", "[::ffff:127.0.0.1]", "[::1]", "localhost"])(
    "never contacts %s, which a URL stored under another configuration names",
    async (host) => {
      const receiver = await receive();
      for (const scheme of ["https", "http"]) {
        const outcome = await senderWith(closed).send(requestTo(`${scheme}://${host}:${receiver.port}/`));
        expect(expectOk(outcome)).toEqual(refused);
      }
      expect(receiver.connections()).toBe(0);
    },
  );
});

describe("TLS", () => {
  let trusted: Awaited<ReturnType<typeof createAuthority>>;
  beforeAll(async () => {
    trusted = await createAuthority("trusted");
  });
  const serve = async (certificate: { cert: string; key: string }): Promise<number> => {
    const server = using(
      createTlsServer({ cert: certificate.cert, key: certificate.key }, (_, response) => response.end("ok")),
      (created) => {
        created.closeAllConnections();
        created.close();
      },
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  };
  const sendTo = async (port: number): Promise<AttemptOutcome> => {
    const sender = senderWith({
      allowedNetworks: ["127.0.0.1/32"],
      plainHttpToLoopback: false,
      ca: trusted.cert,
      resolve: (_, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]),
    });
    return expectOk(await sender.send(requestTo(`https://hooks.example:${port}/`)));
  };

  it("delivers to a receiver with a trusted certificate for its name", async () => {
    const port = await serve(await createCertificate("hooks.example", trusted));
    expect(await sendTo(port)).toMatchObject({ type: "responded", status: 200 });
  });

  it("refuses a certificate for another name, of an unknown authority, and a server without TLS", async () => {
    const failed = { type: "failed", reason: "tls-failed" };
    expect(await sendTo(await serve(await createCertificate("other.example", trusted)))).toEqual(failed);
    const unknown = await createAuthority("unknown");
    expect(await sendTo(await serve(await createCertificate("hooks.example", unknown)))).toEqual(failed);
    const plain = await receive();
    expect(await sendTo(plain.port)).toEqual(failed);
    expect(plain.requests).toEqual([]);
  });
});
