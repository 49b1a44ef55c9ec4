import { type Place, wordsAt } from "./place.ts";
import { posixQuoted } from "./quoted.ts";

/** Completion for bash 3.2 and later. */
export const bashCompletion = (places: readonly Place[], program: readonly string[]): string => {
  const deeper = places.slice(1).map(({ path }) => posixQuoted(path));
  const values = places.flatMap(({ path, valueOptions }) =>
    valueOptions.map(
      ({ word, values: choices }) =>
        `    ${posixQuoted(`${path} ${word}`)}) words=${posixQuoted(choices.join(" "))} ;;`,
    ),
  );
  const words = places.map(
    (place) =>
      `      ${posixQuoted(place.path)}) words=${posixQuoted(
        wordsAt(place)
          .map(({ word }) => word)
          .join(" "),
      )} ;;`,
  );
  return `command -v payments >/dev/null || payments() { ${program.map(posixQuoted).join(" ")} "$@"; }
_payments() {
  local at=payments word words=
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
      ${deeper.join("|")}) at="$at $word" ;;
    esac
  done
  case "$at \${COMP_WORDS[COMP_CWORD-1]}" in
${values.join("\n")}
    *) case "$at" in
${words.join("\n")}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _payments payments
`;
};
