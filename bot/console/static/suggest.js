// What could come next on a command line. Pure: text and the command table in, suggestions out.

const PREFIX = /^\s*(?:\/?security\s*:\s*|\/security\s+|security\s+|@\S+\s+|\/)/i;
const MOST = 8;

// → { head, items: [{ text, about, insert }], usage }: accepting an item makes the line head + insert.
export function suggest(text, commands) {
  const prefix = (PREFIX.exec(text) || [""])[0];
  const said = text.slice(prefix.length).replace(/^\s+/, "");
  const start = text.slice(0, text.length - said.length);
  const command = named(said, commands);
  if (!command) return { head: start, items: names(said, commands), usage: "" };
  const last = /\S*$/.exec(text)[0];
  const head = text.slice(0, text.length - last.length);
  return { head, items: next(command, said, last).slice(0, MOST), usage: command.usage };
}

// The longest command that the line begins with, once it is followed by a space.
function named(said, commands) {
  const line = `${said.toLowerCase().replace(/\s+/g, " ")}`;
  const fits = (name) => line.startsWith(`${name} `);
  const found = commands.filter((command) => [command.name, ...command.aliases].some(fits));
  return found.sort((a, b) => b.name.length - a.name.length)[0];
}

function names(said, commands) {
  const typed = said.toLowerCase().trim();
  if (!typed) return [];
  const begins = commands.filter((command) => command.name.startsWith(typed));
  const holds = commands.filter((command) => !begins.includes(command) && matches(command, typed));
  return [...begins, ...holds]
    .slice(0, MOST)
    .map((command) => ({ text: command.name, about: command.summary, insert: `${command.name} ` }));
}

function matches(command, typed) {
  return typed.length > 1 && `${command.name} ${command.summary}`.toLowerCase().includes(typed);
}

function next(command, said, last) {
  const words = said.split(/\s+/);
  const before = words[words.length - 2] || "";
  const flag = command.arguments.find((argument) => argument.typed === before && !argument.switch && !argument.word);
  if (flag) return flag.choices.filter((choice) => choice.startsWith(last)).map((choice) => value(choice, flag));
  if (last && !last.startsWith("-")) return [];
  const free = command.arguments.filter((argument) => !argument.word && !words.slice(0, -1).includes(argument.typed));
  return free
    .filter((argument) => argument.typed.startsWith(last))
    .map((argument) => ({ text: argument.typed, about: argument.about, insert: `${argument.typed} ` }));
}

function value(choice, flag) {
  return { text: choice, about: flag.about, insert: `${choice} ` };
}
