import type { Place, ValueOption, Word } from "./place.ts";
import { fishQuoted } from "./quoted.ts";

const commandLine = ({ word, description }: Word): string => `-a ${word} -d ${fishQuoted(description)}`;

const flagLine = ({ word, description }: Word): string => `-l ${word.replace(/^--/, "")} -d ${fishQuoted(description)}`;

const valueLine = (option: ValueOption): string =>
  option.values.length === 0
    ? `${flagLine(option)} -r -F`
    : `${flagLine(option)} -x -a ${fishQuoted(option.values.join(" "))}`;

/** Completion for fish. */
export const fishCompletion = (places: readonly Place[], program: readonly string[]): string => {
  const deeper = places.slice(1).map(({ path }) => fishQuoted(path));
  const lines = places.flatMap(({ path, commands, flags, valueOptions }) =>
    [...commands.map(commandLine), ...valueOptions.map(valueLine), ...flags.map(flagLine)].map(
      (line) => `complete -c payments -n ${fishQuoted(`test (__payments_at) = ${fishQuoted(path)}`)} ${line}`,
    ),
  );
  return `type -q payments; or function payments; ${program.map(fishQuoted).join(" ")} $argv; end
function __payments_at
  set -l at payments
  for word in (commandline -opc)[2..-1]
    switch "$at $word"
      case ${deeper.join(" ")}
        set at "$at $word"
    end
  end
  echo $at
end
complete -c payments -e
complete -c payments -f
${lines.join("\n")}
`;
};
