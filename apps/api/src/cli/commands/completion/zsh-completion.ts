import type { Place, Word } from "./place.ts";
import { posixQuoted } from "./quoted.ts";

/** As zsh's `_describe` takes them: word and description with a colon between. */
const described = (words: readonly Word[]): string =>
  words.map(({ word, description }) => posixQuoted(`${word}:${description}`)).join(" ");

/** Completion for zsh. */
export const zshCompletion = (places: readonly Place[], program: readonly string[]): string => {
  const deeper = places.slice(1).map(({ path }) => posixQuoted(path));
  const values = places.flatMap(({ path, valueOptions }) =>
    valueOptions.map(({ word, values: choices }) => {
      const action = choices.length === 0 ? "_files" : `compadd -- ${choices.map(posixQuoted).join(" ")}`;
      return `    (${posixQuoted(`${path} ${word}`)}) ${action} ;;`;
    }),
  );
  const words = places.map(({ path, commands, valueOptions, flags }) => {
    const options = described([...valueOptions, ...flags]);
    return `      (${posixQuoted(path)}) found=(${described(commands)}) options=(${options}) ;;`;
  });
  return `command -v payments >/dev/null || payments() { ${program.map(posixQuoted).join(" ")} "$@"; }
_payments() {
  local at=payments word
  local -a found options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      (${deeper.join("|")}) at="$at $word" ;;
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${values.join("\n")}
    (*) case "$at" in
${words.join("\n")}
    esac
    _describe command found
    _describe -o option options ;;
  esac
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _payments payments
`;
};
