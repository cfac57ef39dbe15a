/*
 * `((` opens arithmetic in bash and ksh, and two subshells in dash and ash, which are `sh` on Debian and Alpine. Which one
 * a script gets is the image's to say, so that what looks like a command is read as one.
 */

/** No arithmetic begins with more parentheses and blanks, or with a longer word; to look further at each would cost their square. */
const farthest = { opening: 12, word: 64 } as const;

/** Whether what stands behind the parentheses at `at` begins as a command does: `nmap -sS x`, `nmap)`, `nmap;`. */
export function opensSubshells(text: string, at: number): boolean {
  let index = at;
  while (index < at + farthest.opening && (text[index] === '(' || isBlank(text[index]))) index += 1;
  if (index === at + farthest.opening) return true;
  const word = index;
  const limit = word + farthest.word;
  while (index < limit && isOfWord(text[index])) index += 1;
  if (index === limit) return true;
  if (index === word) return false;
  if (!isBlank(text[index])) return isEnd(text[index]);
  while (index < limit && isBlank(text[index])) index += 1;
  // `nmap -sS` is a command; `count - 1` and `count -1` are arithmetic.
  if (text[index] === '-') return isLetter(text[index + 1]) || text[index + 1] === '-';
  return isOfWord(text[index]) || isEnd(text[index]);
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\n';
}

function isEnd(character: string | undefined): boolean {
  return character === ')' || character === ';' || character === '|' || character === '&';
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && /^[A-Za-z]$/.test(character);
}

/** A letter, a digit, or what quoting, paths and variables are written with. */
function isOfWord(character: string | undefined): boolean {
  return character !== undefined && /^[\w./'"\\$`{}-]$/.test(character);
}
