import type { z } from "zod";
import { adminTokens } from "./admin-tokens.ts";
import { apiKeys } from "./api-keys.ts";
import { database } from "./database.ts";
import { http } from "./http.ts";
import { limits } from "./limits.ts";
import { logging } from "./logging.ts";
import { tracing } from "./tracing.ts";

/** Every variable of the environment, by what it is about. Each describes itself: the reference is made from it. */
export const sections = { http, database, apiKeys, adminTokens, limits, logging, tracing };

type Sections = typeof sections;

/** What the process needs to know, checked, by what it is about. */
export type Config = { readonly [Name in keyof Sections]: Readonly<z.infer<Sections[Name]>> };

export const ALL_SECTIONS = Object.keys(sections) as (keyof Config)[];
