import { type FileHandle, open, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { getSystemErrorMap } from "node:util";
import type { ApiKey } from "@payments/domain";
import { CommandFailed } from "../errors/command-failed.ts";
import type { KeyFileOption } from "./options.ts";

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: "it already exists; name a new file",
  ENOENT: "its folder does not exist; create it, or name a file elsewhere",
  EACCES: "you may not write in its folder; name a file elsewhere",
};

/** A short reason: Node's message repeats the code and the path. */
export const reasonOf = ({ code = "", errno = 0, message }: NodeJS.ErrnoException): string =>
  REASONS[code] ?? getSystemErrorMap().get(errno)?.[1] ?? message;

/** Creates a file that only its owner can read. An existing file is never overwritten. */
export const createPrivateFile = (file: string): Promise<FileHandle> =>
  open(file, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailed(`${file} can't be written: ${reasonOf(error)}`);
  });

/** Creates a file with what `write` writes, and syncs it to disk. Removes it when `write` fails. */
export const writePrivateFile = async <Result>(
  file: string,
  write: (handle: FileHandle) => Promise<Result>,
): Promise<Result> => {
  const handle = await createPrivateFile(file);
  try {
    const result = await write(handle);
    await handle.sync();
    return result;
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
};

/** The new key or its file. The key is null if an earlier command issued it. */
export type ShownKey = { readonly apiKey: string | null } | { readonly keyFile: string };

/** Issues a key. Its file is opened first: a key that can't be written must not be issued. */
export const issueKey = async <Issued extends { readonly apiKey: ApiKey | null }>(
  { keyFile }: KeyFileOption,
  issue: () => Promise<Issued>,
): Promise<{ issued: Issued; shown: ShownKey }> => {
  if (keyFile === undefined) {
    const issued = await issue();
    return { issued, shown: { apiKey: issued.apiKey?.reveal() ?? null } };
  }
  const file = resolve(keyFile);
  const issued = await writePrivateFile(file, async (handle) => {
    const result = await issue();
    if (result.apiKey === null) return result;
    const written = handle.appendFile(`${result.apiKey.reveal()}\n`).then(() => handle.sync());
    await written.catch((error: Error) => {
      throw new CommandFailed(
        `A key was issued but can't be written: ${error.message}\nIt is stored nowhere: rotate it.`,
      );
    });
    return result;
  });
  if (issued.apiKey !== null) return { issued, shown: { keyFile: file } };
  await rm(file);
  return { issued, shown: { apiKey: null } };
};

/** The new key or its file, for people. */
export const keyLines = (shown: ShownKey): string[] => {
  if ("keyFile" in shown) {
    return [`The API key is in ${shown.keyFile} and nowhere else: hand it over, then delete the file.`];
  }
  return shown.apiKey === null
    ? [
        "An earlier command with this idempotency key showed the API key. If it is lost, `keys rotate` issues a new one.",
      ]
    : [`API key: ${shown.apiKey}`, "It is shown only this once and stored nowhere: hand it over now."];
};
