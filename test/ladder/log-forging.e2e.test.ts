import { expect } from "@jest/globals";
import { issueAdminToken } from "@payments/adapters-crypto";
import { CANARY } from "../../scripts/find-secrets.mjs";
import { startApi } from "../support/api-process.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { until } from "../support/until.ts";
import { guarantee } from "./support/guarantee.ts";
import { rawRequest, rawResponse } from "./support/raw-response.ts";

const using = undoAfterEach();

const JWT_SECRET = `${CANARY}the log's forgers`;
const FORGED =
  '\r\n{"level":30,"event":"authentication-accepted","requestId":"forged"}\n\u001b[2J\u009b31m\u2028\u202e\u0007';
const PRINTABLE = 'ops","event":"forged","requestId":"forged\\';
const IN_A_HEADER = '\u009b2J\u0085{"event":"forged"}\u008d';
/** Line ends, starts of terminal escape sequences, and characters that change the text direction. */
const OBEYED = /[\p{Cc}\u2028\u2029\p{Bidi_Control}]/u;

guarantee(
  {
    id: "log-forging",
    says: "No line break or terminal escape can forge a line of the log. Every rejection has one event, and its reason is found by the request id of the response.",
    covers: "ASVS 5.0 16.2.1, 16.3.1, 16.4.1 / CWE-117, CWE-150, CWE-778",
    short: {},
    long: {},
  },
  async () => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    let output = "";
    const variables = { JWT_SECRET, LOG_LEVEL: "info", TRUST_PROXY: "1" };
    const api = using(
      await startApi(database.url, variables, (text) => {
        output += text;
      }),
      (started) => started.end("SIGKILL"),
    );
    const now = new Date();
    const bearer = async (subject: string) =>
      `Authorization: Bearer ${await issueAdminToken({ secret: JWT_SECRET, subject, lifetimeSeconds: 600, now })}`;
    const [admin, forger] = [await bearer(PRINTABLE), await bearer(FORGED)];
    const type = "Content-Type: application/json";
    const evil = [`X-Forwarded-For: ${IN_A_HEADER}`, `User-Agent: ${IN_A_HEADER}`, `X-Request-Id: ${IN_A_HEADER}`];
    const body = JSON.stringify({ name: "A", email: "a@example.com" });
    const requests = [
      { path: "/me", headers: [`x-api-key: ${IN_A_HEADER}`], reason: "api-key-malformed" },
      { path: "/me", headers: [], reason: "api-key-missing" },
      { path: "/payments/%0a%1b%5b2J", headers: [], reason: "api-key-missing" },
      { path: "/accounts", headers: [`Authorization: Bearer ${IN_A_HEADER}`], reason: "not a bearer token" },
      { path: "/accounts", headers: ["Authorization: Bearer a.b.c"], reason: expect.any(String) },
      { path: "/accounts", headers: [forger], reason: "subject is not 1 to 255 printable characters" },
      { path: "/accounts", headers: [admin], reason: undefined },
      { method: "POST", path: "/accounts", headers: [admin, type], body, reason: undefined },
      { path: "/%0d%0aSet-Cookie:x", headers: [], reason: undefined },
    ];
    const asked: { readonly id: string; readonly reason: unknown }[] = [];
    for (const { reason, headers, ...request } of requests) {
      const response = await rawResponse(api.url, rawRequest({ ...request, headers: [...headers, ...evil] }));
      const id = /^X-Request-Id: (.*)\r$/m.exec(response)?.[1] ?? "";
      expect(id).toMatch(/^[0-9a-f-]{36}$/);
      asked.push({ id, reason });
    }
    const lastId = asked.at(-1)?.id ?? "";
    await until("the log", () => output.includes(lastId) && output.endsWith("\n"));

    const lines = output.split("\n").slice(0, -1);
    for (const line of lines) expect(line).not.toMatch(OBEYED);
    const events = lines.map((line) => JSON.parse(line));
    expect(events.filter(({ event, requestId }) => event === "forged" || requestId === "forged")).toEqual([]);
    for (const { id, reason } of asked) {
      const rejections = events.filter((line) => line.requestId === id && line.event === "authentication-refused");
      expect(rejections.map((line) => line.reason)).toEqual(reason === undefined ? [] : [reason]);
      expect(events.filter((line) => line.requestId === id && line.msg === "request")).toHaveLength(1);
    }
    // The subject is in the log, so there was something to escape.
    expect(events.filter((line) => line.admin === PRINTABLE).length).toBeGreaterThanOrEqual(3);
    const rejections = asked.filter(({ reason }) => reason !== undefined).length;
    return `${lines.length} lines of ${asked.length} hostile requests, 0 forged; ${rejections} of ${rejections} rejections explained by their request id`;
  },
);
