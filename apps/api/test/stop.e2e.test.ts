import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService } from "./support/test-service.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** A connection that has had one answer and is kept, as a proxy keeps it. */
const keepConnection = async (serviceUrl: string) => {
  const { hostname, port } = new URL(serviceUrl);
  const socket = connect(Number(port), hostname);
  const ask = () => socket.write(`GET /livez HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
  ask();
  const [first] = await once(socket, "data");
  expect(String(first)).toMatch(/^HTTP\/1\.1 200 /);
  return { socket, ask };
};

describe("a service that stops", () => {
  it("still answers a request that a proxy has just sent on a kept connection, and asks it to use another", async () => {
    const service = await startService(database.url);
    const { socket, ask } = await keepConnection(service.url);
    const stopped = service.stop();
    ask();
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\nConnection: close\r\n/);
    await once(socket, "close");
    await stopped;
  });

  it("takes no new connection meanwhile, and ends the kept ones that stay idle", async () => {
    const service = await startService(database.url);
    const { socket } = await keepConnection(service.url);
    const stopped = service.stop();
    await expect(fetch(`${service.url}/livez`)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
    expect(socket.readyState).toBe("open");
    await once(socket.resume(), "close");
    await stopped;
  });
});
