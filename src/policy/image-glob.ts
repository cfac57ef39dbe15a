/*
 * One brace-free glob of an image pattern: its parts, and whether a name matches. The meaning is minimatch's (options
 * nonegate, nocomment, dot, noext), the cost is not: for a given glob the time is linear in the length of the name,
 * whatever the name. `*` and `?` stay inside a segment, `**` as a whole segment stands for any number of segments
 * (at the end: one or more), `[a-z]` and `[!a-z]` for one character, `\` takes the meaning off the next character.
 */

/** What may stand at one place: a character code, or the set of codes as a table of 128. */
type Step = number | Uint8Array;

/** Steps between two stars; `literal` where no step is a set. */
interface Run {
  readonly steps: readonly Step[];
  readonly literal: string | undefined;
}

/** The runs of one segment in order, a `*` between each two of them. */
interface Segment {
  readonly runs: readonly Run[];
  readonly minLength: number;
}

/** A parsed glob. */
export interface ImageGlob {
  /** Segments between two `**`; an empty first or last group is a `**` at that end. */
  readonly groups: readonly (readonly Segment[])[];
  /** The whole text where nothing in it is a wildcard. */
  readonly literal: string | undefined;
  /** Strings that every matching name contains. */
  readonly chunks: readonly string[];
  /** True where the last segment has a `:` or `@`, and so speaks of a tag or a digest. */
  readonly tagged: boolean;
}

/** A name cut into its segments, so that many globs can be tried on it. */
export interface SplitName {
  readonly text: string;
  /** Where each segment starts; only the first `count` are of this name. */
  readonly starts: ArrayLike<number>;
  readonly count: number;
}

/** Cuts a name at its slashes; `starts` is written over and must have room for one more than there are slashes. */
export function splitName(text: string, starts: Int32Array): SplitName {
  let count = 1;
  starts[0] = 0;
  for (let at = text.indexOf('/'); at !== -1; at = text.indexOf('/', at + 1)) starts[count++] = at + 1;
  return { text, starts, count };
}

/**
 * Whether the glob matches the name from its first segment, or, with `anySuffix`, from any segment, to its end.
 * Leftmost first is enough between two `**`: an earlier place leaves the rest of the glob more room, never less.
 */
export function matchesGlob({ groups }: ImageGlob, name: SplitName, anySuffix: boolean): boolean {
  const last = groups.length - 1;
  let from = 0;
  for (let index = 0; index < last; index++) {
    const group = groups[index] ?? [];
    let at = from;
    if (index === 0 && !anySuffix) {
      if (!groupMatches(group, name, 0)) return false;
    } else {
      while (!groupMatches(group, name, at)) if (++at + group.length > name.count) return false;
    }
    from = at + group.length;
  }
  const tail = groups[last] ?? [];
  if (last > 0 && tail.length === 0) return from < name.count;
  const at = name.count - tail.length;
  if (at < from || (last === 0 && at > 0 && !anySuffix)) return false;
  return groupMatches(tail, name, at);
}

function groupMatches(group: readonly Segment[], { text, starts, count }: SplitName, at: number): boolean {
  if (at + group.length > count) return false;
  for (let index = 0; index < group.length; index++) {
    const segment = group[index];
    const next = at + index + 1;
    const end = next < count ? (starts[next] ?? 0) - 1 : text.length;
    if (segment === undefined || !segmentMatches(segment, text, starts[next - 1] ?? 0, end)) return false;
  }
  return true;
}

function segmentMatches({ runs, minLength }: Segment, text: string, from: number, to: number): boolean {
  const length = to - from;
  const first = runs[0];
  if (first === undefined || length < minLength || (runs.length === 1 && length > minLength)) return false;
  if (!runMatches(first, text, from)) return false;
  const last = runs[runs.length - 1] ?? first;
  const end = to - last.steps.length;
  if (!runMatches(last, text, end)) return false;
  let at = from + first.steps.length;
  for (let index = 1; index < runs.length - 1; index++) {
    const run = runs[index] ?? first;
    while (!runMatches(run, text, at)) if (++at + run.steps.length > end) return false;
    at += run.steps.length;
    if (at > end) return false;
  }
  return true;
}

function runMatches({ steps, literal }: Run, text: string, at: number): boolean {
  if (literal !== undefined) return text.startsWith(literal, at);
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index];
    const code = text.charCodeAt(at + index);
    if (typeof step === 'number' ? step !== code : step?.[code] !== 1) return false;
  }
  return true;
}

/** The glob of one brace-free pattern, or a sentence that says what is wrong with it. */
export function parseImageGlob(pattern: string): ImageGlob | string {
  const groups: Segment[][] = [[]];
  const chunks: string[] = [];
  let chunk = '';
  let wild = false;
  let tagged = false;
  const texts = pattern.split('/');
  for (const [index, text] of texts.entries()) {
    const last = index === texts.length - 1;
    if (text === '**') {
      wild = true;
      chunks.push(chunk);
      chunk = '';
      // `**` next to `**` is one `**`.
      if (groups.length === 1 || groups.at(-1)?.length !== 0) groups.push([]);
      continue;
    }
    const segment = parseSegment(text);
    if (typeof segment === 'string') return segment;
    const problem = literalProblem(segment, index, last);
    if (problem !== undefined) return problem;
    tagged = last && mentionsTag(segment);
    groups.at(-1)?.push(segment);
    if (index > 0 && texts[index - 1] !== '**') chunk += '/';
    for (const [place, run] of segment.runs.entries()) {
      if (place > 0) {
        wild = true;
        chunks.push(chunk);
        chunk = '';
      }
      for (const step of run.steps) {
        if (typeof step === 'number') {
          chunk += String.fromCharCode(step);
        } else {
          wild = true;
          chunks.push(chunk);
          chunk = '';
        }
      }
    }
  }
  chunks.push(chunk);
  return { groups, literal: wild ? undefined : chunk, chunks: chunks.filter((text) => text !== ''), tagged };
}

const anyCharacter: Uint8Array = new Uint8Array(128).fill(1);

function parseSegment(text: string): Segment | string {
  if (text === '' || text === '.' || text === '..') {
    return 'it has an empty part, "." or "..", and no image name has one';
  }
  const runs: Step[][] = [[]];
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '*') {
      if (runs.length === 1 || runs.at(-1)?.length !== 0) runs.push([]);
    } else if (character === '?') {
      runs.at(-1)?.push(anyCharacter);
    } else if (character === '[') {
      const set = parseSet(text, at);
      if (typeof set === 'string') return set;
      runs.at(-1)?.push(set.step);
      at = set.end;
    } else if (character === ']') {
      return 'it has a "]" without a "["';
    } else if (character === '{' || character === '}' || character === ',') {
      return `it has a "${character}" outside of {a,b}`;
    } else {
      if (character === '\\' && ++at === text.length) return 'it ends a part with "\\", which has nothing to escape';
      runs.at(-1)?.push(text.charCodeAt(at));
    }
  }
  return { runs: runs.map(toRun), minLength: runs.reduce((sum, steps) => sum + steps.length, 0) };
}

function toRun(steps: readonly Step[]): Run {
  const codes = steps.filter((step) => typeof step === 'number');
  return { steps, literal: codes.length === steps.length ? String.fromCharCode(...codes) : undefined };
}

/** Reads `[...]` at `start`; a first `]` is a member, `!` or `^` first is the complement, `-` between two is a range. */
function parseSet(text: string, start: number): { step: Step; end: number } | string {
  const negated = text[start + 1] === '!' || text[start + 1] === '^';
  const from = start + (negated ? 2 : 1);
  const set = new Uint8Array(128);
  let at = from;
  while (at === from || text[at] !== ']') {
    if (text.startsWith('[:', at) || text.startsWith('[.', at) || text.startsWith('[=', at)) {
      return 'it has a named character class, such as [:alpha:]; write a range, such as [a-z]';
    }
    const low = memberAt(text, at);
    if (low === undefined) return 'it has a "[" without a "]" in the same part';
    at = low.next;
    let high = low;
    if (text[at] === '-' && text[at + 1] !== ']') {
      const upper = memberAt(text, at + 1);
      if (upper === undefined) return 'it has a "[" without a "]" in the same part';
      high = upper;
      at = upper.next;
    }
    if (high.code < low.code) return `it has an empty range in ${text.slice(start, at)}`;
    set.fill(1, low.code, high.code + 1);
  }
  return { step: negated ? set.map((member) => 1 - member) : set, end: at };
}

function memberAt(text: string, at: number): { code: number; next: number } | undefined {
  const place = text[at] === '\\' ? at + 1 : at;
  if (place >= text.length) return undefined;
  return { code: text.charCodeAt(place), next: place + 1 };
}

function mentionsTag({ runs }: Segment): boolean {
  return runs.some(({ steps }) => steps.includes(58) || steps.includes(64));
}

/** What in the literal characters of a segment no image reference has at that place. */
function literalProblem(segment: Segment, index: number, last: boolean): string | undefined {
  let tagged = false;
  for (const step of segment.runs.flatMap(({ steps }) => steps)) {
    if (typeof step !== 'number') continue;
    const character = String.fromCharCode(step);
    if (character === '@' && !last) return 'it has a "@" before its last part';
    if (character === ':' && !last && index > 0) return 'it has a ":" that is neither of a port nor of a tag';
    if (last && (character === ':' || character === '@')) tagged = true;
    else if (/[A-Z]/.test(character) && !tagged) {
      return 'it has upper case, and names are compared in lower case: write it so';
    } else if (!/[a-zA-Z0-9._:[\]-]/.test(character) && !(tagged && character === '+')) {
      return `it has ${JSON.stringify(character)}, which no image reference has`;
    }
  }
  return undefined;
}
