import { ACCESS_PROBLEMS } from "./access-problems.ts";
import { REQUEST_PROBLEMS } from "./request-problems.ts";
import { STATE_PROBLEMS } from "./state-problems.ts";

/**
 * Every problem that a caller can meet, by its code. The codes are part of the contract: they never change. Each
 * is an anchor of the reference at `/docs`, to which the `type` of an answer leads.
 */
export const PROBLEMS = { ...REQUEST_PROBLEMS, ...ACCESS_PROBLEMS, ...STATE_PROBLEMS };

export type ProblemCode = keyof typeof PROBLEMS;
