/*
 * Image patterns: minimatch globs (`nonegate`, `nocomment`, `dot`, no extended globs) on canonical image names.
 * minimatch expands the braces and is the oracle of the tests; the matching is ours (image-glob.ts), because its time
 * must be linear in a name that an attacker writes, and because thousands of patterns must not cost a glob each:
 * patterns without a wildcard are one table, of the others only those are tried that have a string in the name.
 */
import { braceExpand } from 'minimatch';
import { matchesGlob, parseImageGlob, splitName } from './image-glob.ts';
import type { ImageGlob, SplitName } from './image-glob.ts';
import { EndTable, Finder } from './image-literals.ts';
import { isDockerHub, maxImageLength } from './image-reference.ts';
import type { ImageReference } from './image-reference.ts';

/** One pattern of one class of images. */
export interface ImagePatternEntry {
  readonly class: string;
  readonly pattern: string;
}

/** The pattern that an image matched. */
export interface ImageMatch {
  readonly class: string;
  readonly pattern: string;
  readonly weak: false;
}

/** What a pattern is for: a class of tools (name only, tag and digest ignored), or an exemption (the whole reference). */
export type ImagePatternUse = 'class' | 'exemption';

const maxPatternLength = 256;
const maxAlternatives = 64;

/**
 * What is wrong with a pattern, as a sentence that begins after the pattern's name; undefined where nothing is.
 * A pattern that could never match is wrong: it protects nothing, and nobody would learn of it.
 */
export function imagePatternProblem(pattern: string, use: ImagePatternUse = 'class'): string | undefined {
  const globs = parsePattern(pattern);
  if (typeof globs === 'string') return globs;
  if (use === 'class' && globs.some(({ tagged }) => tagged)) {
    return 'it has a tag or a digest, which a class of images ignores: leave it out';
  }
  return undefined;
}

/**
 * The patterns as one look-up: the first listed that matches wins, so list the worst class first. A pattern matches
 * the canonical name, or any end of the repository path (`nicolaka/netshoot` finds it in every mirror).
 *
 * @throws TypeError where `imagePatternProblem` has something to say of a pattern.
 */
export function compileImagePatterns(
  entries: readonly ImagePatternEntry[],
): (reference: ImageReference) => ImageMatch | undefined {
  const matches: ImageMatch[] = [];
  const literals = new EndTable();
  const globs: OrderedGlob[] = [];
  for (const [order, entry] of entries.entries()) {
    matches.push(Object.freeze({ class: entry.class, pattern: entry.pattern, weak: false }));
    for (const glob of checked(entry.pattern, 'class')) {
      if (glob.literal !== undefined) literals.add(glob.literal, order);
      else globs.push({ order, glob });
    }
  }
  const firstGlob = compileGlobs(globs);
  return ({ name }) => {
    const order = firstGlob(name, literals.first(name, matches.length));
    return matches[order];
  };
}

interface OrderedGlob {
  readonly order: number;
  readonly glob: ImageGlob;
}

/** Gives, for a name and an order, the order of the first glob before it that matches, or that order. */
function compileGlobs(globs: readonly OrderedGlob[]): (name: string, before: number) => number {
  const always: OrderedGlob[] = [];
  const byChunk = new Map<string, OrderedGlob[]>();
  const frequency = countChunks(globs);
  for (const entry of globs) {
    const chunk = rarest(entry.glob.chunks, frequency);
    if (chunk === undefined) always.push(entry);
    else append(byChunk, chunk, entry);
  }
  const finder = new Finder(byChunk);
  const starts = new Int32Array(maxImageLength + 1);
  let name = '';
  let first = 0;
  let split: SplitName | undefined;
  const tryAll = (candidates: readonly OrderedGlob[]): void => {
    for (const { order, glob } of candidates) {
      if (order >= first) return;
      split ??= splitName(name, starts);
      if (matchesGlob(glob, split, true)) first = order;
    }
  };
  return (text, before) => {
    name = text;
    first = before;
    split = undefined;
    tryAll(always);
    finder.find(text, tryAll);
    return first;
  };
}

function countChunks(globs: readonly OrderedGlob[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { glob } of globs) {
    for (const chunk of new Set(glob.chunks)) counts.set(chunk, (counts.get(chunk) ?? 0) + 1);
  }
  return counts;
}

/** The chunk that fewest patterns have, and of those the longest: the one that names have least often. */
function rarest(chunks: readonly string[], frequency: ReadonlyMap<string, number>): string | undefined {
  let best: string | undefined;
  let bestCount = Infinity;
  for (const chunk of chunks) {
    const count = frequency.get(chunk) ?? 0;
    if (count < bestCount || (count === bestCount && chunk.length > (best?.length ?? 0))) {
      best = chunk;
      bestCount = count;
    }
  }
  return best;
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/**
 * Exemption patterns as one test, against the whole canonical reference, host included. A pattern whose last part has
 * a `:` or `@` is matched against `name:tag` and against `name@digest`, whichever the image has (no tag and no digest
 * is `:latest`); any other against the name. A pattern without a host matches nothing: nothing is put in front of it.
 *
 * @throws TypeError where `imagePatternProblem` has something to say of a pattern.
 */
export function compileExactPatterns(patterns: readonly string[]): (reference: ImageReference) => boolean {
  const globs = patterns.flatMap((pattern) => (patternHasNoHost(pattern) ? [] : checked(pattern, 'exemption')));
  const ofName = globs.filter(({ tagged }) => !tagged);
  const ofReference = globs.filter(({ tagged }) => tagged);
  const starts = new Int32Array(2 * maxImageLength);
  const some = (candidates: readonly ImageGlob[], text: string): boolean => {
    if (candidates.length === 0) return false;
    const split = splitName(text, starts);
    return candidates.some((glob) => matchesGlob(glob, split, false));
  };
  return ({ name, tag, digest }) =>
    some(ofName, name) ||
    (tag !== undefined && some(ofReference, `${name}:${tag}`)) ||
    (digest !== undefined && some(ofReference, `${name}@${digest}`)) ||
    (tag === undefined && digest === undefined && some(ofReference, `${name}:latest`));
}

/**
 * Whether an attacker can have the pattern match an image in a registry of his own: nothing in it holds the host to
 * one, or to one domain. A domain counts from two labels on: `*.corp.example` is one, `*.io` and `docker.io*` are not.
 */
export function isOpenToAnyRegistry(pattern: string): boolean {
  return expand(pattern).some((text) => {
    const host = text.split('/', 1)[0] ?? '';
    const port = host.lastIndexOf(':');
    const domain = port === -1 ? host : host.slice(0, port);
    if (domain.startsWith('\\[') && !/[*?]/.test(domain)) return false;
    const wildcard = Math.max(...['*', '?', ']'].map((character) => domain.lastIndexOf(character)));
    return wildcard !== -1 && !/^[^.]*(?:\.[^.]+){2,}$/.test(domain.slice(wildcard + 1));
  });
}

/** Whether an alternative of the pattern begins with what is no registry host, as `calico/node` does. */
export function patternHasNoHost(pattern: string): boolean {
  return expand(pattern).some((text) => {
    const slash = text.indexOf('/');
    return slash === -1 ? text !== '**' : !/[*?[.:]|^localhost$/.test(text.slice(0, slash));
  });
}

/**
 * The tool that a part of the last path segment is named after (`corp/tcpdump-tools`), or undefined: a weak match.
 * Segments are split at `-`, `_` and `.`; a tool with such a character in its own name (`arp-scan`) takes its parts
 * one after another. The leftmost tool wins, of those the longest.
 */
export function compileNameTokens(tools: ReadonlySet<string>): (reference: ImageReference) => string | undefined {
  const byFirst = new Map<string, { readonly tool: string; readonly parts: readonly string[] }[]>();
  // For each first character the lengths of the parts that begin so, as bits: most parts need no more.
  const lengths = new Int32Array(128);
  for (const tool of [...tools].sort((one, other) => other.length - one.length)) {
    const parts = tool.split(/[-_.]/);
    const first = parts[0] ?? '';
    const code = first.charCodeAt(0);
    append(byFirst, first, { tool, parts });
    lengths[code] = (lengths[code] ?? 0) | (1 << first.length);
  }
  return ({ name }) => {
    let found: string | undefined;
    let end = name.length;
    for (let at = end - 1; at >= 0; at--) {
      const code = name.charCodeAt(at);
      if (code !== slash && !isPartSeparator(code)) continue;
      if (((lengths[name.charCodeAt(at + 1)] ?? 0) & (1 << (end - at - 1))) !== 0) {
        const candidates = byFirst.get(name.slice(at + 1, end));
        found = candidates?.find(({ parts }) => partsMatch(name, at + 1, parts))?.tool ?? found;
      }
      if (code === slash) break;
      end = at;
    }
    return found;
  };
}

const slash = 47;

function isPartSeparator(code: number): boolean {
  return code === 45 || code === 46 || code === 95;
}

function partsMatch(name: string, start: number, parts: readonly string[]): boolean {
  let from = start;
  for (const part of parts) {
    const end = from + part.length;
    if (!name.startsWith(part, from) || (end < name.length && !isPartSeparator(name.charCodeAt(end)))) return false;
    from = end + 1;
  }
  return true;
}

function checked(pattern: string, use: ImagePatternUse): readonly ImageGlob[] {
  const problem = imagePatternProblem(pattern, use);
  const globs = parsePattern(pattern);
  if (problem === undefined && typeof globs !== 'string') return globs;
  throw new TypeError(`image pattern ${JSON.stringify(pattern)}: ${problem ?? 'it cannot be read'}`);
}

/** The globs of a pattern, one for each alternative of its braces; a sentence where it cannot be used. */
function parsePattern(pattern: string): readonly ImageGlob[] | string {
  if (pattern === '') return 'it is empty';
  if (pattern.length > maxPatternLength) return `it is longer than ${maxPatternLength} characters`;
  if (/[\s\u0000-\u001f\u007f-\u009f]/.test(pattern)) return 'it has a blank or a control character';
  if (/^[!#]/.test(pattern))
    return `it begins with "${pattern.charAt(0)}", which has no meaning here: nothing is negated`;
  if (/[!?*+@]\(/.test(pattern)) return 'it has an extended glob, such as @(a|b); write {a,b}';
  const texts = expand(pattern);
  if (texts.length > maxAlternatives) return `its braces have more than ${maxAlternatives} alternatives`;
  const globs: ImageGlob[] = [];
  for (const text of texts) {
    const glob = parseImageGlob(text);
    if (typeof glob === 'string') return glob;
    globs.push(glob);
  }
  return globs;
}

/** The alternatives of the braces, Docker Hub written as in canonical names; at most one more than is allowed. */
function expand(pattern: string): readonly string[] {
  if (pattern.length > maxPatternLength) return [pattern];
  return braceExpand(pattern, { braceExpandMax: maxAlternatives + 1 }).map(foldDockerHub);
}

/** `docker.io/alpine` is `docker.io/library/alpine`, as it is in an image; so is `index.docker.io/alpine`. */
function foldDockerHub(text: string): string {
  const slash = text.indexOf('/');
  if (slash === -1 || !isDockerHub(text.slice(0, slash))) return text;
  const path = text.slice(slash + 1);
  return path.includes('/') || path === '**' ? `docker.io/${path}` : `docker.io/library/${path}`;
}
