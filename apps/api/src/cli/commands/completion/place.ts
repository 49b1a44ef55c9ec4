import type { Command } from "commander";

export interface Word {
  readonly word: string;
  readonly description: string;
}

/** An option that takes a value. */
export interface ValueOption extends Word {
  /** What it may be; empty: anything, most likely a file. */
  readonly values: readonly string[];
}

/** A point in a command line, such as `payments keys rotate`, and the words that may follow there. */
export interface Place {
  readonly path: string;
  /** And what an argument may be, where that can be listed. */
  readonly commands: readonly Word[];
  readonly flags: readonly Word[];
  readonly valueOptions: readonly ValueOption[];
}

const HELP: Word = { word: "--help", description: "explain this command" };

/** Every place of the program that can be completed, the program itself first. */
export const placesOf = (command: Command, path = command.name()): Place[] => {
  const options = command.options.map(({ long, short, description, required, optional, argChoices }) => ({
    word: long ?? short ?? "",
    description,
    takesValue: required || optional,
    values: argChoices ?? [],
  }));
  const choices = command.registeredArguments.flatMap(({ argChoices = [], description }) =>
    argChoices.map((word) => ({ word, description })),
  );
  const place: Place = {
    path,
    commands: [
      ...command.commands.map((child) => ({ word: child.name(), description: child.description() })),
      ...choices,
    ],
    flags: [...options.filter(({ takesValue }) => !takesValue), HELP],
    valueOptions: options.filter(({ takesValue }) => takesValue),
  };
  return [place, ...command.commands.flatMap((child) => placesOf(child, `${path} ${child.name()}`))];
};

/** The words that may stand at a place, in the order of the help. */
export const wordsAt = ({ commands, flags, valueOptions }: Place): readonly Word[] => [
  ...commands,
  ...valueOptions,
  ...flags,
];
