// A straightforward implementation of the route: two queries per request with Knex.
import { createHash, randomUUID } from "node:crypto";
import { bodyParser } from "@koa/bodyparser";
import Router from "@koa/router";
import { bucketOf } from "@payments/adapters-postgres";
import knexPackage from "knex";
import Koa from "koa";

const db = knexPackage({ client: "pg", connection: process.env.DATABASE_URL, pool: { min: 2, max: 10 } });

const app = new Koa();
const router = new Router();

router.post("/payments/create", async (ctx) => {
  const digest = createHash("sha256").update(ctx.get("x-api-key")).digest("hex");
  const client = await db("clients")
    .where({ api_key: `sha256:${digest}` })
    .first();
  if (client?.status !== "active") {
    ctx.status = 401;
    ctx.body = { error: "invalid api key" };
    return;
  }

  const { amount, currency, description, metadata } = ctx.request.body;
  if (!Number.isInteger(amount) || amount <= 0 || !/^[A-Z]{3}$/.test(currency)) {
    ctx.status = 400;
    ctx.body = { error: "invalid payment" };
    return;
  }

  const [payment] = await db("payments")
    .insert({
      id: randomUUID(),
      bucket: bucketOf(client.id),
      client_id: client.id,
      amount,
      currency,
      description,
      metadata: JSON.stringify(metadata ?? {}),
      idempotency_key: ctx.get("idempotency-key") || null,
      created_at: new Date(),
    })
    .returning("*");

  ctx.status = 201;
  ctx.body = payment;
});

app.use(bodyParser()).use(router.routes());
app.listen(Number(process.env.PORT), "127.0.0.1");
