import { expect } from "@jest/globals";
import { ResultAsync } from "neverthrow";
import { startApp } from "../../packages/adapters-http/test/support/test-app.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { guarantee } from "./support/guarantee.ts";

const using = undoAfterEach();

/** A port can throw at once or reject later. */
const WAYS = ["throws", "rejects"] as const;

/** Noting the use of a key is synchronous. */
const NOTING = new Set(["record"]);
/** Works, so that requests reach their handlers. Only the handler of /me has no other port to break. */
const SPARED = new Set([...NOTING, "authenticate"]);

guarantee(
  {
    id: "handler-bugs",
    says: "A bug that throws in any handler, at once or later, returns 500 without stack, SQL or path. The log has one line with the request id and the stack, and the process keeps serving.",
    covers: "ASVS 5.0 16.5.1, 16.5.3, 16.5.4 / CWE-209, CWE-248, CWE-755",
    short: {},
    long: {},
  },
  async () => {
    let broken: (typeof WAYS)[number] | null = null;
    let spared = SPARED;
    const fail = () => {
      const bug = new TypeError("canary: select secret from clients, at /srv/payments/canary.ts");
      if (broken === "throws") throw bug;
      return new ResultAsync(Promise.reject(bug));
    };
    const around = <Port extends object>(port: Port): Port =>
      new Proxy(port, {
        get: (target, name) => {
          const value = Reflect.get(target, name);
          if (typeof value !== "function") return value;
          return broken === null || spared.has(String(name)) ? value.bind(target) : fail;
        },
      });
    const app = using(await startApp({ around }), (started) => started.stop());
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", onUnhandled);
    using(process, (own) => own.off("unhandledRejection", onUnhandled));
    const { id, apiKey } = await app.createClient();
    const headers = { "x-api-key": apiKey };
    const pay = () => app.request("POST", "/payments/create", { headers, body: { amount: 1, currency: "EUR" } });
    const paid = await pay();
    const at = `/accounts/${id}`;
    const requests: readonly (readonly [name: string, ask: () => ReturnType<typeof pay>])[] = [
      ["POST /accounts", () => app.asAdmin("POST", "/accounts", { name: "B", email: "b@example.com" })],
      ["GET /accounts", () => app.asAdmin("GET", "/accounts")],
      ["GET /accounts/:id", () => app.asAdmin("GET", at)],
      ["PATCH /accounts/:id", () => app.asAdmin("PATCH", at, { name: "C" })],
      ["GET /accounts/:id/payments", () => app.asAdmin("GET", `${at}/payments`)],
      ["POST /payments/create", pay],
      ["GET /payments", () => app.request("GET", "/payments", { headers })],
      ["GET /payments/:id", () => app.request("GET", `/payments/${paid.body.id}`, { headers })],
      ["GET /me", () => app.request("GET", "/me", { headers })],
      ["POST /accounts/:id/api-key", () => app.asAdmin("POST", `${at}/api-key`, { overlapSeconds: 60 })],
      ["DELETE /accounts/:id/api-key", () => app.asAdmin("DELETE", `${at}/api-key`)],
    ];
    const wrong: string[] = [];
    for (const way of WAYS) {
      for (const [name, ask] of requests) {
        app.lines.length = 0;
        broken = way;
        spared = name === "GET /me" ? NOTING : SPARED;
        const { status, headers: answered, body } = await ask();
        broken = null;
        const requestId = answered.get("x-request-id");
        const isProblem = answered.get("content-type") === "application/problem+json" && body.requestId === requestId;
        const isDiscreet = !/canary|select|TypeError|\.[jt]s|node:|\bat \/|\/srv/.test(JSON.stringify(body));
        const logged = app.lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "request failed");
        const isLogged =
          logged.length === 1 && logged[0].requestId === requestId && /canary[\s\S]*at /.test(logged[0].err.stack);
        if (status !== 500 || !isProblem || !isDiscreet || !isLogged) {
          wrong.push(`${name} ${way}: ${status} ${JSON.stringify(body)} ${app.lines}`);
        }
        if ((await app.request("GET", "/livez")).status !== 200) wrong.push(`/livez after ${name}`);
      }
    }
    for (const [name, ask] of requests) if ((await ask()).status >= 300) wrong.push(`${name} afterwards`);
    expect(wrong).toEqual([]);
    expect(unhandled).toEqual([]);
    const count = requests.length * WAYS.length;
    return `${count} of ${count} bugs returned 500 and were logged (${requests.length} handlers); all handlers serve afterwards`;
  },
);
