/** A word of bash or zsh that stands for exactly this text. */
export const posixQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A word of fish that stands for exactly this text. */
export const fishQuoted = (text: string): string => `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
