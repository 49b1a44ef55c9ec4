// Other runtimes run this program. It creates PAYMENTS payments and prints their ids.
import { PaymentsClient } from "../../src/index.ts";

const { PAYMENTS_URL: baseUrl = "", PAYMENTS_API_KEY: apiKey = "", PAYMENTS = "" } = process.env;
const client = new PaymentsClient({ baseUrl, apiKey, timeoutMs: 1_000, maxAttempts: 12 });
const orders = Array.from({ length: Number(PAYMENTS) }, (_, index) => String(index));
const ids: string[] = [];
const work = async () => {
  for (let order = orders.pop(); order !== undefined; order = orders.pop()) {
    ids.push((await client.payments.create({ amount: 1, currency: "EUR", metadata: { order } })).id);
  }
};
await Promise.all([work(), work(), work(), work(), work()]);
console.log(JSON.stringify(ids));
