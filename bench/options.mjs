import { parseArgs } from "node:util";

export const SCENARIOS = [
  "payments",
  "charges",
  "processor-webhooks",
  "events",
  "reads",
  "growth",
  "webhooks",
  "start",
  "profile",
];

const USAGE = `npm run bench -- [options]

  --short               payments and charges at 64 connections, a minute and a half; fails if a ratio is below a third of its goal or recorded result
  --only a,b            scenarios: ${SCENARIOS.join(", ")}; default: all
  --connections a,b     connections of the payments scenario; default: 1,8,64,256
  --rounds n            default: 3
  --seconds n           duration of one measurement; default: 8

DATABASE_URL selects the PostgreSQL server; its role must be able to create databases. Default: an embedded server.
Results are written to bench/results, except with --short.`;

const FULL = { rounds: 3, seconds: 8, warmUpSeconds: 2, connections: [1, 8, 64, 256], only: SCENARIOS };
const SHORT = { rounds: 3, seconds: 3, warmUpSeconds: 1, connections: [64], only: ["payments", "charges"] };

const integer = (name, text) => {
  const value = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  if (value === 0) throw new Error(`--${name} must be an integer from 1 to 99999`);
  return value;
};

const scenarios = (text) =>
  text.split(",").map((name) => {
    if (!SCENARIOS.includes(name)) throw new Error(`--only: unknown scenario ${name}. Use ${SCENARIOS.join(", ")}.`);
    return name;
  });

/** The options of the command line. Exits with code 2 if they are invalid. */
export const readOptions = (args) => {
  try {
    const string = { type: "string" };
    const boolean = { type: "boolean" };
    const { values } = parseArgs({
      args,
      options: { short: boolean, help: boolean, only: string, connections: string, rounds: string, seconds: string },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    return {
      short: values.short === true,
      ...(values.short ? SHORT : FULL),
      ...(values.only && { only: scenarios(values.only) }),
      ...(values.connections && {
        connections: values.connections.split(",").map((text) => integer("connections", text)),
      }),
      ...(values.rounds && { rounds: integer("rounds", values.rounds) }),
      ...(values.seconds && { seconds: integer("seconds", values.seconds) }),
    };
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
};
