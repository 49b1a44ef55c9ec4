export interface RawResponse {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const END_OF_HEAD = "\r\n\r\n";

/** Separates the bytes of one connection into HTTP/1.1 responses. Every final response needs a Content-Length. */
export class ResponseParser {
  readonly #onResponse: (response: RawResponse) => void;
  readonly #isBodiless: (headers: RawResponse["headers"]) => boolean;
  #pending: Buffer = Buffer.alloc(0);
  #head: Omit<RawResponse, "body"> | undefined;
  #body: Buffer[] = [];
  #missingBytes = 0;

  /** @param isBodiless True for a response to HEAD. */
  constructor(
    onResponse: (response: RawResponse) => void,
    isBodiless: (headers: RawResponse["headers"]) => boolean = () => false,
  ) {
    this.#onResponse = onResponse;
    this.#isBodiless = isBodiless;
  }

  /** True when no response has begun without ending. */
  get isBetween(): boolean {
    return this.#head === undefined && this.#pending.length === 0;
  }

  /** Throws when the bytes are no response. */
  push(data: Buffer): void {
    for (let rest = data; rest.length > 0; ) {
      rest = this.#head === undefined ? this.#readHead(rest) : this.#readBody(rest);
    }
  }

  #readHead(data: Buffer): Buffer {
    const bytes = this.#pending.length === 0 ? data : Buffer.concat([this.#pending, data]);
    const end = bytes.indexOf(END_OF_HEAD);
    this.#pending = end === -1 ? bytes : Buffer.alloc(0);
    if (end === -1) return Buffer.alloc(0);
    const [statusLine = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
    if (Number.isNaN(status)) throw new Error(`not a response: ${statusLine.slice(0, 100)}`);
    const rest = bytes.subarray(end + END_OF_HEAD.length);
    if (status < 200) return rest;
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
    );
    const hasBody = status !== 204 && status !== 304 && !this.#isBodiless(headers);
    const length = hasBody ? Number(headers["content-length"]) : 0;
    if (Number.isNaN(length)) throw new Error(`a response without Content-Length: ${statusLine}`);
    this.#head = { status, headers };
    this.#missingBytes = length;
    return length === 0 ? this.#finish(rest) : rest;
  }

  #readBody(data: Buffer): Buffer {
    const part = data.subarray(0, this.#missingBytes);
    this.#body.push(part);
    this.#missingBytes -= part.length;
    const rest = data.subarray(part.length);
    return this.#missingBytes === 0 ? this.#finish(rest) : rest;
  }

  #finish(rest: Buffer): Buffer {
    const head = this.#head as Omit<RawResponse, "body">;
    const body = Buffer.concat(this.#body);
    this.#head = undefined;
    this.#body = [];
    this.#onResponse({ ...head, body });
    return rest;
  }
}
