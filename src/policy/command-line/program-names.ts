/* How a command word names its program. */

/** The last part of a path, as the kernel's `comm` has it; Windows paths and `.exe` are folded to the bare name. */
export function programName(word: string): string {
  let from = word.length;
  while (from > 0 && word.charCodeAt(from - 1) !== 0x2f) from -= 1;
  const name = from === 0 ? word : word.slice(from);
  return endsInExe(name) ? windowsName(name) : name;
}

function endsInExe(name: string): boolean {
  const { length } = name;
  if (length < 5 || name.charCodeAt(length - 4) !== 0x2e) return false;
  return name.slice(-3).toLowerCase() === 'exe';
}

const windowsEndings = ['.exe', '.com', '.cmd', '.bat'];

/** The name that Windows runs: in any case, in any folder, with or without its ending. */
export function windowsName(word: string): string {
  const name = word.slice(Math.max(word.lastIndexOf('\\'), word.lastIndexOf('/')) + 1).toLowerCase();
  return windowsEndings.some((ending) => name.endsWith(ending)) ? name.slice(0, -4) : name;
}

/** The name without the version at its end: `python3.11` is `python`. */
export function withoutVersion(name: string): string {
  let end = name.length;
  while (end > 0) {
    const code = name.charCodeAt(end - 1);
    const version = (code >= 0x30 && code <= 0x39) || code === 0x2e || code === 0x2d;
    if (!version) break;
    end -= 1;
  }
  return end === name.length ? name : name.slice(0, end);
}
