// Loaded into a service with --import: after SIGUSR2, `Date` differs from the real time by LADDER_CLOCK_JUMP_MS.
const RealDate = Date;
const realNow = RealDate.now;
let offsetMs = 0;

RealDate.now = () => realNow() + offsetMs;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [RealDate.now()] : args, newTarget === Date ? target : newTarget),
});

process.on("SIGUSR2", () => {
  offsetMs = Number(process.env.LADDER_CLOCK_JUMP_MS);
});
