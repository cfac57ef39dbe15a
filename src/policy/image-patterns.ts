/*
 * Image patterns: minimatch globs (`nonegate`, `nocomment`, `dot`, no extended globs) on canonical image names.
 * minimatch expands the braces and is the oracle of the tests; the matching is ours (image-glob.ts), because its time
 * must be linear in a name that an attacker writes, and because thousands of patterns must not cost a glob each:
 * patterns without a wildcard are one table, of the others only those are tried that have a string in the name.
 */
import { braceExpand } from 'minimatch';
import { matchesGlob, parseImageGlob, splitName } from './image-glob.ts';
import type { ImageGlob } from './image-glob.ts';
import { compileLookup } from './image-lookup.ts';
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
  const globs = parsePattern(pattern, use);
  return typeof globs === 'string' ? globs : undefined;
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
  const matches: ImageMatch[] = entries.map((entry) => Object.freeze({ class: entry.class, pattern: entry.pattern }));
  const globs = entries.flatMap(({ pattern }, order) => checked(pattern, 'class').map((glob) => ({ order, glob })));
  const first = compileLookup(globs, matches.length);
  return ({ name }) => matches[first(name)];
}

/**
 * Exemption patterns as one test, against the whole canonical reference, host included. A pattern whose last part has
 * a `:` or `@` is matched against `name@digest`, or where the image has no digest against `name:tag` (`:latest` where it
 * has neither): the runtimes ignore a tag beside a digest, so an attacker writes what he likes there. Any other pattern is
 * matched against the name. A pattern without a host matches nothing: nothing is put in front of it.
 *
 * @throws TypeError where `imagePatternProblem` has something to say of a pattern.
 */
export function compileExactPatterns(patterns: readonly string[]): (reference: ImageReference) => boolean {
  const globs = patterns.flatMap((pattern) => {
    const alternatives = checked(pattern, 'exemption');
    return patternHasNoHost(pattern) ? [] : alternatives;
  });
  const ofName = globs.filter(({ tagged }) => !tagged);
  const ofReference = globs.filter(({ tagged }) => tagged);
  const starts = new Int32Array(2 * maxImageLength);
  const some = (candidates: readonly ImageGlob[], text: string): boolean => {
    if (candidates.length === 0) return false;
    const split = splitName(text, starts);
    return candidates.some((glob) => matchesGlob(glob, split, false));
  };
  return ({ name, tag, digest }) =>
    some(ofName, name) || some(ofReference, digest === undefined ? `${name}:${tag ?? 'latest'}` : `${name}@${digest}`);
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
    byFirst.set(first, [...(byFirst.get(first) ?? []), { tool, parts }]);
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
  const globs = parsePattern(pattern, use);
  if (typeof globs === 'string') throw new TypeError(`image pattern ${JSON.stringify(pattern)}: ${globs}`);
  return globs;
}

/** The globs of a pattern, one for each alternative of its braces; a sentence where it cannot be used. */
function parsePattern(pattern: string, use: ImagePatternUse): readonly ImageGlob[] | string {
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
    if (glob.tagged && use === 'class') {
      return 'it has a tag or a digest, which a class of images ignores: leave it out';
    }
    globs.push(glob);
  }
  return globs;
}

/** The globs without braces that a pattern stands for, Docker Hub written as in canonical names. */
export function alternativesOf(pattern: string): readonly string[] {
  return expand(pattern);
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
