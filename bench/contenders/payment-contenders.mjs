import { checkpoint, countPayments, emptyPayments } from "../database/bench-server.mjs";
import { generateLoad } from "../load/load-generator.mjs";

const post = (server, connections, file) => (seconds) =>
  generateLoad({ kind: "payments", url: `${server.url}/payments/create`, connections, seconds, file });

/** Every payment with a 201 must be in the table. Returns the number of missing payments. */
const countMissing = (database) => async (acknowledged) => Math.max(0, acknowledged - (await countPayments(database)));

/**
 * The compared programs. Each stores payments into an empty table; bare Koa stores nothing.
 *
 * @returns {import("../measure/interleave.mjs").Contender[]}
 */
export const paymentContenders = ({ database, servers, inserts, connections, keyFile, clients }) => [
  {
    name: "API",
    nodePid: servers.api.pid,
    prepare: () => emptyPayments(database),
    load: post(servers.api, connections, keyFile),
    countMissing: countMissing(database),
  },
  {
    name: inserts.name,
    prepare: () => emptyPayments(database),
    load: (seconds) => inserts.run({ database, connections, seconds, clients }),
    countMissing: countMissing(database),
  },
  {
    name: "bare Koa",
    nodePid: servers.bareKoa.pid,
    prepare: () => checkpoint(database),
    load: post(servers.bareKoa, connections, keyFile),
  },
  {
    name: "baseline",
    nodePid: servers.baseline.pid,
    prepare: () => emptyPayments(database),
    load: post(servers.baseline, connections, keyFile),
    countMissing: countMissing(database),
  },
];
