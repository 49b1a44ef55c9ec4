import { once } from "node:events";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { expect } from "@jest/globals";
import { createTestDatabase } from "../support/test-database.ts";
import { startService } from "../support/test-service.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { guarantee } from "./support/guarantee.ts";
import { problemCodeOf, rawResponse, statusOf } from "./support/raw-response.ts";

const using = undoAfterEach();

const GET = "GET /livez HTTP/1.1\r\n";
const HOST = "Host: api\r\nConnection: close\r\n";

/** The request and its expected status. */
type Attack = readonly [name: string, status: number, bytes: string | Uint8Array];

const ofHeaders = (): Attack[] => [
  ...["x-api-key", "Authorization", "Idempotency-Key", "Content-Type"].flatMap((name): Attack[] => [
    [`${name} twice`, 400, `${GET}${HOST}${name}: a\r\n${name}: b\r\n\r\n`],
    [`${name} twice, alike`, 400, `${GET}${HOST}${name}: a\r\n${name.toUpperCase()}: a\r\n\r\n`],
    [`${name} behind 3,900 others`, 400, `${GET}${HOST}${name}: a\r\n${"a:\r\n".repeat(3_900)}${name}: b\r\n\r\n`],
  ]),
  ["Host twice", 400, `${GET}Host: other\r\n${HOST}\r\n`],
  ["no Host", 400, `${GET}Connection: close\r\n\r\n`],
  ["Host with a space", 400, `${GET}Host: a b\r\n\r\n`],
  ["Host with a path", 400, `${GET}Host: a/b\r\n\r\n`],
  ["Host with a user", 400, `${GET}Host: a@b\r\n\r\n`],
  ["10,000 headers", 431, `${GET}${HOST}${Array.from({ length: 10_000 }, (_, n) => `a${n}: b\r\n`).join("")}\r\n`],
  ["one header of 64 KiB", 431, `${GET}${HOST}a: ${"b".repeat(65_536)}\r\n\r\n`],
  ["space before the colon", 400, `${GET}${HOST}x-api-key : a\r\n\r\n`],
  ["folded header", 400, `${GET}${HOST}a: b\r\n c\r\n\r\n`],
  ["NUL in a header", 400, `${GET}${HOST}a: b\0c\r\n\r\n`],
  ["bare CR in a header", 400, `${GET}${HOST}a: b\rc: d\r\n\r\n`],
  ["bare LF as line end", 400, "GET /livez HTTP/1.1\nHost: api\n\n"],
];

const ofRequestLines = (): Attack[] => [
  ["URL of 8 KiB and one", 414, `GET /${"a".repeat(8_192)} HTTP/1.1\r\n${HOST}\r\n`],
  ["URL of 64 KiB", 431, `GET /${"a".repeat(65_536)} HTTP/1.1\r\n${HOST}\r\n`],
  ["HTTP/0.9", 400, "GET /livez\r\n\r\n"],
  ["HTTP/0.9 by name", 400, `GET /livez HTTP/0.9\r\n${HOST}\r\n`],
  ["HTTP/2.0", 400, `GET /livez HTTP/2.0\r\n${HOST}\r\n`],
  ["HTTP/2's preface", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["HTTP/9.9", 400, `GET /livez HTTP/9.9\r\n${HOST}\r\n`],
  ["a TLS hello", 400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
  ["NUL in the URL", 400, `GET /livez\0 HTTP/1.1\r\n${HOST}\r\n`],
  ["an escaped NUL in an id", 401, `GET /payments/%00 HTTP/1.1\r\n${HOST}\r\n`],
  ["half an escape in an id", 401, `GET /payments/%zz HTTP/1.1\r\n${HOST}\r\n`],
  ["a fragment", 400, `GET /livez#a HTTP/1.1\r\n${HOST}\r\n`],
  ["* for GET", 400, `GET * HTTP/1.1\r\n${HOST}\r\n`],
  ["the host in the target", 200, `GET http://api/livez HTTP/1.1\r\n${HOST}\r\n`],
  ["half an address in the target", 400, `GET http://[/livez HTTP/1.1\r\n${HOST}\r\n`],
  ["dots", 404, `GET /../../etc/passwd HTTP/1.1\r\n${HOST}\r\n`],
  ["CONNECT", 501, "CONNECT api:443 HTTP/1.1\r\nHost: api\r\n\r\n"],
  ["an unknown method", 501, `HACK /livez HTTP/1.1\r\n${HOST}\r\n`],
  ...["TRACE", "PUT", "DELETE", "PROPFIND", "GET", "HEAD"].map(
    (method): Attack => [`${method} of a path for POST`, 405, `${method} /payments/create HTTP/1.1\r\n${HOST}\r\n`],
  ),
  ["TRACE of a path for GET", 405, `TRACE /livez HTTP/1.1\r\n${HOST}\r\n`],
  ["an upgrade to websocket", 200, `${GET}Host: api\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`],
  ["an upgrade to h2c", 200, `${GET}Host: api\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n`],
];

const ofBodies = (apiKey: string): Attack[] => {
  const head = `POST /payments/create HTTP/1.1\r\n${HOST}x-api-key: ${apiKey}\r\n`;
  const json = "Content-Type: application/json\r\n";
  const payment = '{"amount":1,"currency":"EUR"}';
  const whole = `Content-Length: ${payment.length}\r\n\r\n${payment}`;
  const chunked = `${head}${json}Transfer-Encoding: chunked\r\n`;
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  return [
    ["the payment that the others are made of", 201, `${head}${json}${whole}`],
    ["two lengths", 400, `${head}${json}Content-Length: 2\r\n${whole}`],
    ["the same length twice", 400, `${head}${json}Content-Length: ${payment.length}\r\n${whole}`],
    ["lengths in a list", 400, `${head}${json}Content-Length: 2, 2\r\n\r\n{}`],
    ["a signed length", 400, `${head}${json}Content-Length: +2\r\n\r\n{}`],
    ["a negative length", 400, `${head}${json}Content-Length: -2\r\n\r\n{}`],
    ["a length beyond 64 bits", 400, `${head}${json}Content-Length: 99999999999999999999\r\n\r\n{}`],
    ["a length of 1 GiB", 413, `${head}${json}Content-Length: 1073741824\r\n\r\n{}`],
    ["length and chunks", 400, `${chunked}Content-Length: 4\r\n\r\n0\r\n\r\n`],
    ["chunks twice", 400, `${chunked}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["chunks and then identity", 400, `${head}${json}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    ["chunks in HTTP/1.0", 400, `${chunked.replace("HTTP/1.1", "HTTP/1.0")}\r\n0\r\n\r\n`],
    ["an unknown coding", 501, `${head}${json}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ["gzip as transfer coding", 501, `${head}${json}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ["a chunk size that is none", 400, `${chunked}\r\nzz\r\n{}\r\n0\r\n\r\n`],
    ["a chunk size beyond 64 bits", 400, `${chunked}\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n`],
    ["a chunk longer than it says", 400, `${chunked}\r\n1\r\n{}\r\n0\r\n\r\n`],
    ["chunks without an end", 413, `${chunked}\r\n${`1000\r\n${"a".repeat(4_096)}\r\n`.repeat(20)}`],
    ["a body of 64 KiB and one", 413, `${head}${json}Content-Length: 65537\r\n\r\n${" ".repeat(65_537)}`],
    [
      "a gzip bomb",
      415,
      Buffer.concat([
        Buffer.from(`${head}${json}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`),
        bomb,
      ]),
    ],
    ["text", 415, `${head}Content-Type: text/plain\r\n${whole}`],
    ["a form", 415, `${head}Content-Type: application/x-www-form-urlencoded\r\n${whole}`],
    ["JSON in UTF-16", 415, `${head}Content-Type: application/json; charset=utf-16\r\n${whole}`],
    ["no type", 415, `${head}${whole}`],
    ["nothing", 400, `${head}${json}Content-Length: 0\r\n\r\n`],
    ["an unacceptable Accept header", 406, `${head}${json}Accept: text/html\r\n${whole}`],
  ];
};

guarantee(
  {
    id: "hostile-http",
    says: "Repeated security headers, conflicting lengths, bad chunking, 10,000 headers, long URLs, TRACE, upgrades, gzip bombs, wrong types and wrong methods get the specified status as problem+json, exactly one response, and the end of the connection.",
    covers: "ASVS 5.0 4.1.4, 4.2.1, 15.3.7 / CWE-444, CWE-235, CWE-409, CWE-770",
    short: {},
    long: {},
  },
  async () => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const service = using(await startService(database.url), (one) => one.stop());
    const client = await service.createClient();
    const attacks = [...ofHeaders(), ...ofRequestLines(), ...ofBodies(client.apiKey)];
    const wrong: string[] = [];
    for (const [name, status, bytes] of attacks) {
      const response = await rawResponse(service.url, bytes);
      const responses = response.match(/^HTTP\/1\.1 \d{3} /gm)?.length;
      // A response that cannot have a body has no problem.
      const isTold = status < 400 || problemCodeOf(response) !== undefined || name.startsWith("HEAD ");
      const isDiscreet = !/^(?:Server|X-Powered-By|Via):/im.test(response) && !/node_modules|at \w+ \(/.test(response);
      if (statusOf(response) !== status || responses !== 1 || !isTold || !isDiscreet) {
        wrong.push(`${name}: ${responses} responses, the first ${response.slice(0, 300)}`);
      }
    }
    expect(wrong).toEqual([]);
    const [stored] = await database.knex("payments").count("* as count");
    expect(Number(stored?.["count"])).toBe(1);
    // The service closes connections that the caller keeps open.
    const { hostname, port } = new URL(service.url);
    const idle = connect({ port: Number(port), host: hostname, allowHalfOpen: true }).resume();
    idle.write("nonsense\r\n\r\n");
    await once(idle, "end");
    expect((await service.request("GET", "/livez")).status).toBe(200);
    idle.destroy();
    return `${attacks.length} of ${attacks.length} as specified; only the one valid payment stored`;
  },
);
