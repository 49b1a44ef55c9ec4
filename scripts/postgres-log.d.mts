import type { FoundSecret } from "./find-secrets.mjs";

export type SecretInLog = FoundSecret & { readonly line: string };
export declare const LOG_TO_FILES: Readonly<Record<string, string>>;
export declare const logFolderOf: (dataDir: string) => string;
export declare const linesOfLogs: (folder: string) => AsyncIterable<string>;
export declare const secretsInLogs: (folder: string) => Promise<SecretInLog[]>;
export declare const expectOnlyPlanted: (found: readonly SecretInLog[]) => void;
