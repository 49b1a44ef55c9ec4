import { once } from "node:events";
import { createServer, get, type IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, it } from "@jest/globals";
import { listen } from "../../../../test/support/free-port.ts";
import { FastResponse } from "../../src/server/fast-response.ts";

type Writing = (response: ServerResponse) => unknown;

/** What a caller receives from a response of this class, and the result of `write`. */
const answered = async (Response: typeof ServerResponse, write: Writing) => {
  let returned: unknown;
  const server = createServer({ ServerResponse: Response }, (_request, response) => {
    response.sendDate = false;
    returned = write(response);
    if (!response.writableEnded) response.end("body");
  });
  const request = get({ port: await listen(server), host: "127.0.0.1" });
  const [message]: IncomingMessage[] = await once(request, "response");
  const text = (await message?.toArray())?.join("");
  server.close();
  return { status: message?.statusCode, headers: message?.rawHeaders, text, returned };
};

const thrownBy = (act: () => unknown): unknown => {
  try {
    act();
    return "nothing";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
};

const writings: Record<string, Writing> = {
  "several headers": (response) => {
    response.setHeader("Content-Type", "application/json").setHeader("Location", "/x").setHeader("Retry-After", 7);
  },
  "one set again, in other letters": (response) => {
    response.setHeader("X-A", "1").setHeader("X-B", "2").setHeader("x-a", "3");
    return [response.getHeader("X-A"), response.getHeaderNames()];
  },
  "one removed": (response) => {
    response.setHeader("X-A", "1").setHeader("X-B", "2").removeHeader("x-A");
    return [response.hasHeader("X-A"), response.hasHeader("x-b"), { ...response.getHeaders() }];
  },
  "some that are not there": (response) => {
    response.removeHeader("X-A");
    return [response.getHeader("X-A"), response.hasHeader("X-A"), response.getHeaderNames()];
  },
  "one with several values": (response) => {
    response.setHeader("Set-Cookie", ["a=1", "b=2"]);
    return response.getHeader("set-cookie");
  },
  "values appended": (response) => {
    response.appendHeader("X-A", "1").appendHeader("x-a", ["2", "3"]).appendHeader("X-B", "4");
  },
  "a length of its own": (response) => {
    response.setHeader("Content-Length", 4);
  },
  "a coding of its own": (response) => {
    response.setHeader("Transfer-Encoding", "chunked");
  },
  "the connection closed": (response) => {
    response.setHeader("Connection", "close");
  },
  "no connection header": (response) => response.removeHeader("Connection"),
  "a status without a body": (response) => {
    response.statusCode = 204;
    response.setHeader("X-A", "1").end();
  },
  "one after the head": (response) => {
    response.setHeader("X-A", "1");
    response.flushHeaders();
    return thrownBy(() => response.setHeader("X-B", "2"));
  },
  "one removed after the head": (response) => {
    response.flushHeaders();
    return thrownBy(() => response.removeHeader("X-A"));
  },
};

describe("FastResponse", () => {
  it.each(Object.entries(writings))("behaves as Node's own response: %s", async (_, write) => {
    expect(await answered(FastResponse, write)).toEqual(await answered(ServerResponse, write));
  });

  it.each([
    ["X-A", "line\r\nbreak"],
    ["X A", "1"],
  ])("never writes an invalid header: %j: %j", async (name, value) => {
    const { returned, headers } = await answered(FastResponse, (response) => {
      response.setHeader(name, value);
      const code = thrownBy(() => response.end("body"));
      response.removeHeader(name);
      return code;
    });
    expect(returned).toMatch(/^ERR_INVALID_(CHAR|HTTP_TOKEN)$/);
    expect(headers).not.toContain(name);
  });
});
