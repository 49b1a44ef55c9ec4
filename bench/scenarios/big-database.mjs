import { seedClients, seedPayments } from "../database/seed.mjs";

export const BIG_CLIENTS = 1_000_000;
export const BIG_PAYMENTS = 5_000_000;

/** What was made so far in this run, by server. */
const made = new WeakMap();

const once = (server, name, make) => {
  if (!made.has(server)) made.set(server, new Map());
  const databases = made.get(server);
  if (!databases.has(name)) databases.set(name, make());
  return databases.get(name);
};

/** As many clients, no payments. */
export const clientsDatabase = (server, clients, progress) =>
  once(server, `${clients}`, async () => {
    const database = await server.create(`${clients}_clients`);
    const what = `seeding ${clients.toLocaleString("en")} clients`;
    await progress.during(what, () => seedClients(database.url, clients));
    return database;
  });

/** A million clients and five million payments. */
export const bigDatabase = (server, progress) =>
  once(server, "big", async () => {
    const database = await server.create("big", await clientsDatabase(server, BIG_CLIENTS, progress));
    const what = `seeding ${BIG_PAYMENTS.toLocaleString("en")} payments`;
    await progress.during(what, () => seedPayments(database.url, BIG_PAYMENTS, BIG_CLIENTS));
    return database;
  });
