import type { Random } from "./random.ts";

/** One request of a script, or bytes that the server rejects. */
export interface Part {
  readonly bytes: Buffer;
  /** Its X-Request-Id. Absent where the server cannot know it. */
  readonly id?: string;
  /** The statuses that its response may have. */
  readonly statuses: readonly number[];
  /** True when the server closes the connection after the response. Nothing behind it may be processed. */
  readonly isLast: boolean;
  /** True when the server may refuse it without knowing its id. */
  readonly isFault: boolean;
  /** The payment that it creates. */
  readonly payment?: { readonly name: string; readonly idempotencyKey: string | null };
}

/** `read`: reads to the end. `half-close`: sends FIN, then reads. `close` and `reset`: stops without reading. */
export type Ending = "read" | "half-close" | "close" | "reset";

/** The behavior of one connection. */
export interface Script {
  readonly parts: readonly Part[];
  /** Bytes behind the last part, which the server must not process. */
  readonly behind: Buffer;
  readonly ending: Ending;
  /** How many bytes are sent before the ending. */
  readonly cut: number;
  /** Where the bytes are divided into packets, and the pause before each packet in milliseconds; 0: none. */
  readonly packets: readonly { readonly until: number; readonly pauseMs: number }[];
}

export const HEAD_PREFIX = "head-";
const SHARED_PAYMENTS = 20;
const MAXIMUM_PARTS = 6;
const MAXIMUM_PACKETS = 5;
const MAXIMUM_PAUSE_MS = 4;

interface Shape {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly chunkBytes?: number;
  readonly id?: string;
}

const inChunks = (body: string, chunkBytes: number): string => {
  const chunks = body.match(new RegExp(`[^]{1,${chunkBytes}}`, "g")) ?? [];
  return [...chunks, ""].map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("");
};

const textOf = ({ method = "GET", path = "/livez", headers = [], body, chunkBytes, id }: Shape): string => {
  const content =
    body === undefined
      ? []
      : [
          "Content-Type: application/json",
          chunkBytes ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`,
        ];
  const ids = id === undefined ? [] : [`X-Request-Id: ${id}`];
  const head = [`${method} ${path} HTTP/1.1`, "Host: api", ...ids, ...content, ...headers].join("\r\n");
  return `${head}\r\n\r\n${body !== undefined && chunkBytes ? inChunks(body, chunkBytes) : (body ?? "")}`;
};

const UPGRADES = ["websocket", "h2c", "TLS/1.0, HTTP/1.1"].map((token) => ["Connection: Upgrade", `Upgrade: ${token}`]);

/** Creates the parts of one connection. */
class PartMaker {
  readonly #random: Random;
  readonly #apiKey: string;
  readonly #prefix: string;
  #count = 0;

  constructor(random: Random, apiKey: string, prefix: string) {
    this.#random = random;
    this.#apiKey = apiKey;
    this.#prefix = prefix;
  }

  request(isLast = false): Part {
    const random = this.#random;
    const kind = random.below(16);
    const closing = isLast ? ["Connection: close"] : [];
    if (kind < 8) return this.#payment(closing, isLast);
    const key = `x-api-key: ${this.#apiKey}`;
    const [status, shape] = random.pick<readonly [number, Shape]>([
      [200, {}],
      [200, { method: "HEAD" }],
      [200, { path: "/readyz" }],
      [200, { path: "/openapi.json" }],
      [200, { path: "/me", headers: [key] }],
      [200, { path: "/payments?limit=3", headers: [key] }],
      [200, { headers: random.pick(UPGRADES) }],
      [200, { headers: ["Expect: 100-continue"] }],
      [401, { path: "/me" }],
      [401, { method: "POST", path: "/payments/create", body: '{"amount":1,"currency":"EUR"}' }],
      [404, { path: "/nothing" }],
      [405, { method: "PUT" }],
      [400, { method: "POST", path: "/payments/create", headers: [key], body: '{"amount":-1,"currency":"EUR"}' }],
      [400, { method: "POST", path: "/payments/create", headers: [key], body: '{"amount":' }],
    ]);
    const id = this.#nextId(shape.method === "HEAD" ? HEAD_PREFIX : "");
    const headers = this.#withClosing(shape.headers ?? [], closing);
    return { bytes: Buffer.from(textOf({ ...shape, headers, id })), id, statuses: [status], isLast, isFault: false };
  }

  /** Bytes that the server rejects before they form a request. */
  fault(): Part {
    const random = this.#random;
    const id = this.#nextId();
    const post = { method: "POST", path: "/payments/create", headers: [`x-api-key: ${this.#apiKey}`], id };
    const payment = this.#bodyOf(`never-${id}`);
    const head = textOf(post).slice(0, -2);
    const json = "Content-Type: application/json\r\n";
    // CONNECT is frequent, because node hands its socket over to the server.
    if (random.chance(0.3)) {
      const rest = random.chance(0.5) ? textOf({ ...post, body: payment }) : "";
      return {
        bytes: Buffer.from(`CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n${rest}`),
        id,
        statuses: [501],
        isLast: true,
        isFault: true,
      };
    }
    const [statuses, bytes] = random.pick<readonly [readonly number[], string | Buffer]>([
      [[400], Buffer.concat([Buffer.from("}"), random.bytes(1 + random.below(200)), Buffer.from("\r\n\r\n")])],
      [[400, 501], textOf({ method: "HACK", id })],
      [[400], "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"],
      [[400], "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
      [[400], `GET /livez HTTP/1.1\r\nX-Request-Id: ${id}\r\n\r\n`],
      [[400], `${head}${json}Content-Length: 2\r\nContent-Length: ${payment.length}\r\n\r\n${payment}`],
      [[400], `${head}${json}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
      [[400], `${head}${json}Transfer-Encoding: chunked\r\n\r\nzz\r\n${payment}\r\n0\r\n\r\n`],
      [[400], `${head}${json}Transfer-Encoding: chunked\r\n\r\n3\r\n${payment}\r\n0\r\n\r\n`],
      [
        [400],
        `${head}${json}Transfer-Encoding: chunked\r\n\r\n${payment.length.toString(16)}\r\n${payment}x\r\n0\r\n\r\n`,
      ],
      [[501], `${head}${json}Transfer-Encoding: gzip\r\n\r\n${payment}`],
      // The caller's FIN can arrive before the response. The body then ends early.
      [[413, 400], `${head}${json}Content-Length: 100000\r\n\r\n${payment}`],
      [[431], textOf({ headers: [`a: ${"a".repeat(17_000 + random.below(20_000))}`], id })],
      [[414], textOf({ path: `/${"a".repeat(8_192)}`, id })],
    ]);
    return { bytes: Buffer.from(bytes), id, statuses, isLast: true, isFault: true };
  }

  /** A whole payment that must never be stored, for behind the last part. */
  forbidden(): Buffer {
    const id = this.#nextId();
    const headers = [`x-api-key: ${this.#apiKey}`];
    return Buffer.from(
      textOf({ method: "POST", path: "/payments/create", headers, body: this.#bodyOf(`never-${id}`), id }),
    );
  }

  #payment(closing: readonly string[], isLast: boolean): Part {
    const random = this.#random;
    const id = this.#nextId();
    const isShared = random.chance(0.15);
    const name = isShared ? `shared-${random.below(SHARED_PAYMENTS)}` : id;
    const idempotencyKey = isShared || random.chance(0.5) ? `key-${name}` : null;
    const more = random.pick<readonly string[]>([[], [], [], ["Expect: 100-continue"], ...UPGRADES]);
    const headers = [
      `x-api-key: ${this.#apiKey}`,
      ...(idempotencyKey === null ? [] : [`Idempotency-Key: ${idempotencyKey}`]),
      ...more,
    ];
    const bytes = textOf({
      method: "POST",
      path: "/payments/create",
      headers: this.#withClosing(headers, closing),
      body: this.#bodyOf(name),
      chunkBytes: random.chance(0.3) ? 1 + random.below(60) : 0,
      id,
    });
    return {
      bytes: Buffer.from(bytes),
      id,
      statuses: [201],
      isLast,
      isFault: false,
      payment: { name, idempotencyKey },
    };
  }

  #withClosing(headers: readonly string[], closing: readonly string[]): readonly string[] {
    return [
      ...headers.filter((header) => closing.length === 0 || !/^(?:Connection|Upgrade):/.test(header)),
      ...closing,
    ];
  }

  #bodyOf(name: string): string {
    return JSON.stringify({ amount: 1, currency: "EUR", description: name });
  }

  #nextId(prefix = ""): string {
    return `${prefix}${this.#prefix}.${++this.#count}`;
  }
}

const partsOf = (random: Random, maker: PartMaker): Part[] => {
  const parts = Array.from({ length: random.below(MAXIMUM_PARTS) }, () => maker.request());
  const end = random.below(3);
  if (end === 0) return [...parts, maker.fault()];
  return [...parts, maker.request(end === 1)];
};

const packetsOf = (random: Random, length: number): Script["packets"] => {
  const ends = Array.from({ length: random.below(MAXIMUM_PACKETS) }, () => random.below(length));
  return [...new Set([...ends, length])]
    .toSorted((one, other) => one - other)
    .map((until) => ({ until, pauseMs: random.below(MAXIMUM_PAUSE_MS) }));
};

/** The script of one connection. The ids and the names of its payments begin with the prefix. */
export const fuzzScript = (random: Random, apiKey: string, prefix: string): Script => {
  const maker = new PartMaker(random, apiKey, prefix);
  const parts = partsOf(random, maker);
  const isClosed = parts.at(-1)?.isLast === true;
  const behind = isClosed && random.chance(0.5) ? maker.forbidden() : Buffer.alloc(0);
  const length = Buffer.concat([...parts.map(({ bytes }) => bytes), behind]).length;
  const ending = random.pick<Ending>(["read", "half-close", "close", "reset", "reset"]);
  const cut = ending === "read" || random.chance(0.5) ? length : 1 + random.below(length);
  return { parts, behind, ending, cut, packets: packetsOf(random, cut) };
};
