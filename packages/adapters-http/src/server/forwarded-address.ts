import { isIP } from "node:net";
import type { Context, Next } from "../routing/context.ts";

/** Some proxies forward the caller's port too, and IPv6 then in brackets. */
const WITH_PORT = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/;

/** The address in an entry of X-Forwarded-For. An entry without an address stays as it is. */
export const addressIn = (entry: string): string => {
  if (isIP(entry) !== 0) return entry;
  const [, inBrackets, plain] = WITH_PORT.exec(entry) ?? [];
  const address = inBrackets ?? plain ?? "";
  return isIP(address) === 0 ? entry : address;
};

/** For a service behind trusted proxies: the limits and the audit log need the caller's address without a port. */
export const forwardedAddress = (ctx: Context, next: Next): Promise<unknown> => {
  ctx.request.ip = addressIn(ctx.ip);
  return next();
};
