import { checkpoint, countPayments, emptyPayments } from "../database/bench-server.mjs";
import { generateLoad } from "../load/load-generator.mjs";

const post = (server, connections, file) => (seconds) =>
  generateLoad({ kind: "payments", url: `${server.url}/payments/create`, connections, seconds, file });

/** What was answered 201 must be in the table. */
const verifyStored = (database) => async (answered) => Math.max(0, answered - (await countPayments(database)));

/**
 * The ways to store a payment, each into an empty table, and what Koa alone takes.
 *
 * @returns {import("../measure/interleave.mjs").Contender[]}
 */
export const paymentContenders = ({ database, servers, inserts, connections, keyFile, clients }) => [
  {
    name: "API",
    node: servers.api.pid,
    prepare: () => emptyPayments(database),
    load: post(servers.api, connections, keyFile),
    verify: verifyStored(database),
  },
  {
    name: inserts.name,
    prepare: () => emptyPayments(database),
    load: (seconds) => inserts.run({ database, connections, seconds, clients }),
    verify: verifyStored(database),
  },
  {
    name: "bare Koa",
    node: servers.bareKoa.pid,
    prepare: () => checkpoint(database),
    load: post(servers.bareKoa, connections, keyFile),
  },
  {
    name: "baseline",
    node: servers.baseline.pid,
    prepare: () => emptyPayments(database),
    load: post(servers.baseline, connections, keyFile),
    verify: verifyStored(database),
  },
];
