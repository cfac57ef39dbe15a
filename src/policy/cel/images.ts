/* Image patterns as regular expressions of RE2 on the image as it is written. */
import { alternativesOf } from '../image-patterns.ts';
import type { Cel, CelText } from './expression.ts';
import { always, and, matches, never, not, or, raw } from './expression.ts';

/** Longest regular expression that is made of many patterns; longer ones become several. */
const maxPattern = 1_000;

/**
 * Whether an image may match one of the patterns of a class, in capitals too, which a registry may have. It is wider than the
 * match itself: the registry is not looked at, nor whether the image is one that a runtime reads.
 */
export function mayMatchImage(image: CelText, patterns: readonly string[]): Cel {
  const parts = [...new Set(patterns.flatMap(alternativesOf).map(endOf))];
  if (parts.includes('')) return always;
  const groups: string[][] = [];
  for (const part of parts) {
    const last = groups.at(-1);
    if (last === undefined || last.join('|').length + part.length > maxPattern) groups.push([part]);
    else last.push(part);
  }
  return or(...groups.map((group) => matches(image, `(?i)(?:^|/)(?:${group.join('|')})(?:$|[:@])`)));
}

/**
 * The regular expression of a pattern without what an image need not say: `nmap` is `docker.io/library/nmap`. From the first
 * name on that is plain, and none of these, all of it is written; '' where nothing is left.
 */
function endOf(pattern: string): string {
  const segments = pattern.split('/');
  while (segments.length > 1 && mayBeUnsaid(segments[0] ?? '')) segments.shift();
  if (segments.join() === '**') return '';
  return segments
    .map((segment, index) => {
      const isLast = index === segments.length - 1;
      if (segment === '**') return isLast ? '[^:@]*' : '(?:.*/)?';
      return `${segmentPattern(segment)}${isLast ? '' : '/'}`;
    })
    .join('');
}

/** Whether a part of a pattern may stand for a registry, which may have a port, or for `library`. */
function mayBeUnsaid(segment: string): boolean {
  return segment === 'library' || !/^[a-z0-9_-]+$/.test(segment);
}

function segmentPattern(segment: string): string {
  let pattern = '';
  for (let at = 0; at < segment.length; at += 1) {
    const character = segment.charAt(at);
    if (character === '*') pattern += '[^/:@]*';
    else if (character === '?') pattern += '[^/]';
    else if (character === '[') {
      pattern += '[^/]';
      at = endOfSet(segment, at);
    } else if (character === '\\') {
      at += 1;
      pattern += literal(segment.charAt(at));
    } else pattern += literal(character);
  }
  return pattern;
}

/** Where a set of characters ends: a first `]` is one of them, also behind `!` or `^`, and so is what `\\` stands before. */
function endOfSet(segment: string, start: number): number {
  const [set = '['] = /^\[[!^]?(?:\\.|[^\\])(?:\\.|[^\]\\])*\]/.exec(segment.slice(start)) ?? [];
  return start + set.length - 1;
}

function literal(character: string): string {
  return /[a-z0-9_-]/.test(character) ? character : `[${character === '^' ? '\\^' : character}]`;
}

/** Whether a part of the last name of an image is one of the tools' names. */
export function mayNameTool(image: CelText, tools: readonly string[]): Cel {
  if (tools.length === 0) return never;
  const names = tools.map((tool) => tool.replace(/[-_.]/g, '[-_.]').replace(/\+/g, '[+]'));
  return matches(image, `(?:^|[/._-])(?:${names.join('|')})(?:$|[._:@-])`);
}

const component = '[a-z0-9]+(?:[._-][a-z0-9]+)*';
/** Only a host has a port, and no host with one has an underscore. */
const port = '[a-z0-9]+(?:[.-][a-z0-9]+)*:[0-9]+/';
const named = `^(?:${port})?${component}(?:/${component})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[a-f0-9]{64})?$`;

const imageId = '^(?:[a-fA-F0-9]{64}|sha(?:256|384|512):[a-fA-F0-9]+)$';

/** Whether an image may be one without a name that a rule could judge: what is not written plainly. */
export function mayBeOpaque(image: CelText): Cel {
  const id = matches(image, imageId);
  const plain = matches(image, named);
  return or(raw(`!(${plain.text})`, plain.cost + 1), id);
}

/** Whether an image has a name that is written plainly, in small letters. */
export function isPlainImage(image: CelText): Cel {
  return and(matches(image, named), not(matches(image, imageId)));
}
