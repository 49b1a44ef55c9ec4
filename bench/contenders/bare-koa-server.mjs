// The cost of Koa alone: reads the JSON body and returns 201.
import Koa from "koa";

const readBody = (request) =>
  new Promise((resolve, reject) => {
    const chunks = [];
    request
      .on("data", (chunk) => chunks.push(chunk))
      .on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString())))
      .on("error", reject);
  });

const app = new Koa();
app.use(async (ctx) => {
  const { amount, currency } = await readBody(ctx.req);
  ctx.status = 201;
  ctx.body = { amount, currency };
});
app.listen(Number(process.env.PORT), "127.0.0.1");
