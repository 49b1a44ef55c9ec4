import { hostname, userInfo } from "node:os";
import type { Actor } from "@payments/domain";

/** A user of a container may have no name. */
const userName = (): string | null => {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
};

/** Who runs the command, for the audit events of its changes. */
export const operator = (): Extract<Actor, { type: "operator" }> => ({
  type: "operator",
  user: userName(),
  host: hostname(),
});
