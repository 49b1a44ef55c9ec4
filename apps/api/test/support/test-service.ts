import { issueAdminToken } from "@payments/adapters-crypto";
import { ALL_SECTIONS, PaymentsServer, readConfig } from "@payments/api";
import { pino } from "pino";
import { CANARY } from "../../../../scripts/find-secrets.mjs";

export const JWT_SECRET = `${CANARY}the tests`;

/** All tests come from one address, and many of them guess keys. */
const UNLIMITED = { RATE_LIMIT_FAILED_AUTHENTICATIONS: "0" };

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: each test states what it expects of a body
  readonly body: any;
}

/** The production wiring on its own port. */
export interface TestService {
  readonly url: string;
  request(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: object, headers?: Record<string, string>): Promise<Answer>;
  /** Sends a request with an admin token. */
  asAdmin(method: string, path: string, body?: object): Promise<Answer>;
  stop(): Promise<void>;
}

export const startService = async (
  databaseUrl: string,
  variables: Record<string, string> = {},
): Promise<TestService> => {
  const environment = { DATABASE_URL: databaseUrl, JWT_SECRET, PORT: "0", ...UNLIMITED, ...variables };
  const server = new PaymentsServer(readConfig(environment, ALL_SECTIONS), pino({ level: "silent" }));
  const url = await server.start();
  const request: TestService["request"] = async (method, path, body, headers = {}) => {
    const answer = await fetch(url + path, {
      method,
      headers: { ...(body && { "content-type": "application/json" }), connection: "close", ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === "" ? null : JSON.parse(text) };
  };
  return {
    url,
    request,
    post: (path, body, headers) => request("POST", path, body, headers),
    asAdmin: async (method, path, body) => {
      const token = await issueAdminToken({ secret: JWT_SECRET, subject: "ada", lifetimeSeconds: 60, now: new Date() });
      return request(method, path, body, { authorization: `Bearer ${token}` });
    },
    stop: () => server.stop(),
  };
};
