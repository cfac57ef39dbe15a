/** One word of a POSIX shell's command line that stands for just this text, whatever is in it. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text) && !text.startsWith('-')) return text;
  // A name that begins with a hyphen would be an option; only a path can be, and ./ in front of it is the same path.
  const path = text.startsWith('-') ? `./${text}` : text;
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
