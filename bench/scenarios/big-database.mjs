import { seedClients, seedPayments } from "../database/seed.mjs";

export const BIG_CLIENTS = 1_000_000;
export const BIG_PAYMENTS = 5_000_000;

/** Databases of this run by server, so that scenarios share them. */
const created = new WeakMap();

const once = (server, name, create) => {
  if (!created.has(server)) created.set(server, new Map());
  const databases = created.get(server);
  if (!databases.has(name)) databases.set(name, create());
  return databases.get(name);
};

/** A database with this number of clients and no payments. */
export const clientsDatabase = (server, clients, progress) =>
  once(server, `${clients}`, async () => {
    const database = await server.create(`${clients}_clients`);
    const what = `seeding ${clients.toLocaleString("en")} clients`;
    await progress.during(what, () => seedClients(database.url, clients));
    return database;
  });

/** A database with a million clients and five million payments. */
export const bigDatabase = (server, progress) =>
  once(server, "big", async () => {
    const database = await server.create("big", await clientsDatabase(server, BIG_CLIENTS, progress));
    const what = `seeding ${BIG_PAYMENTS.toLocaleString("en")} payments`;
    await progress.during(what, () => seedPayments(database.url, BIG_PAYMENTS, BIG_CLIENTS));
    return database;
  });
