import { type FileHandle, open, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { getSystemErrorMap } from "node:util";
import type { ApiKey } from "@payments/domain";
import { CommandFailed } from "../exit-code.ts";

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: "it exists already; name a new file",
  ENOENT: "its folder does not exist; create it, or name a file elsewhere",
  EACCES: "you may not write in its folder; name a file elsewhere",
};

/** Node's own message has its code and the path in it once more. */
export const reasonOf = ({ code = "", errno = 0, message }: NodeJS.ErrnoException): string =>
  REASONS[code] ?? getSystemErrorMap().get(errno)?.[1] ?? message;

/** A new file that its owner alone can read. One that is there already is never written over. */
export const createPrivateFile = (file: string): Promise<FileHandle> =>
  open(file, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailed(`${file} can't be written: ${reasonOf(error)}`);
  });

/** A new file for what `write` puts there, on disk when this resolves; none where `write` fails. */
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

export interface KeyFileOption {
  readonly keyFile?: string;
}

export const KEY_FILE_OPTION = [
  "--key-file <file>",
  "write the key to this new file, readable by its owner alone, instead of showing it",
] as const;

/** Issues a key. Its file is opened before, so that no key is issued that can't be written down. */
export const issueKey = async <Issued extends { readonly apiKey: ApiKey }>(
  { keyFile }: KeyFileOption,
  issue: () => Promise<Issued>,
): Promise<{ issued: Issued; shown: { apiKey: string } | { keyFile: string } }> => {
  if (keyFile === undefined) {
    const issued = await issue();
    return { issued, shown: { apiKey: issued.apiKey.reveal() } };
  }
  const file = resolve(keyFile);
  const issued = await writePrivateFile(file, async (handle) => {
    const result = await issue();
    const written = handle.appendFile(`${result.apiKey.reveal()}\n`).then(() => handle.sync());
    await written.catch((error: Error) => {
      throw new CommandFailed(
        `A key was issued but can't be written: ${error.message}\nNobody has it: rotate the key.`,
      );
    });
    return result;
  });
  return { issued, shown: { keyFile: file } };
};

/** Where the new key is, for people. */
export const keyLines = (shown: { apiKey: string } | { keyFile: string }): string[] =>
  "apiKey" in shown
    ? [`API key: ${shown.apiKey}`, "It is shown this once and stored nowhere: hand it over now."]
    : [`The API key is in ${shown.keyFile}, and nowhere else: hand it over, then delete the file.`];
