import type { Route } from "../routing/route.ts";
import { readLivez } from "./read-livez.ts";
import { readReadyz } from "./read-readyz.ts";

export const operationsRoutes: readonly Route[] = [readLivez, readReadyz];
