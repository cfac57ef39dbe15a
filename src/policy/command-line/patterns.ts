import { anyCharacter, anySet, anyText, indexOfMarker, unknownText } from './markers.ts';
import type { Shell } from './shell.ts';

/**
 * Whether the text matches the whole pattern, in which markers stand for `*` and `?`. Two pointers and one step back per
 * character: at worst the product of both lengths, which the callers pay for.
 */
function matches(text: string, from: number, end: number, pattern: string): boolean {
  let at = from;
  let step = 0;
  let star = -1;
  let resume = from;
  while (at < end) {
    const wanted = pattern.charAt(step);
    if (wanted === anyText) {
      star = step;
      resume = at;
      step += 1;
    } else if (step < pattern.length && (wanted === anyCharacter || wanted === text.charAt(at))) {
      step += 1;
      at += 1;
    } else if (star >= 0) {
      resume += 1;
      at = resume;
      step = star + 1;
    } else return false;
  }
  while (pattern.charAt(step) === anyText) step += 1;
  return step === pattern.length;
}

/** Patterns with more in them than one `*` at an end are tried one length after the other, on short text only. */
const maxTried = 64;

/** Whether the reader can tell what matches. */
function isReadable(shell: Shell, value: string, pattern: string): boolean {
  if (value.length > maxTried || pattern.length > maxTried) return false;
  if (indexOfMarker(value) >= 0 || pattern.includes(anySet) || pattern.includes(unknownText)) return false;
  return shell.reading.affords(value.length * value.length, shell.origin);
}

/** The literal of `*literal` (`front` true) or `literal*`; undefined for any other pattern. */
function literalBeside(pattern: string, front: boolean): string | undefined {
  if (pattern.length < 2 || pattern.charAt(front ? 0 : pattern.length - 1) !== anyText) return undefined;
  const literal = front ? pattern.slice(1) : pattern.slice(0, -1);
  return indexOfMarker(literal) < 0 ? literal : undefined;
}

/** `${value#pattern}`, or `##` for the longest match. */
export function withoutPrefix(shell: Shell, value: string, pattern: string, longest: boolean): string {
  if (indexOfMarker(pattern) < 0) return value.startsWith(pattern) ? value.slice(pattern.length) : value;
  const literal = literalBeside(pattern, true);
  if (literal !== undefined && indexOfMarker(value) < 0) {
    const found = longest ? value.lastIndexOf(literal) : value.indexOf(literal);
    return found < 0 ? value : value.slice(found + literal.length);
  }
  if (!isReadable(shell, value, pattern)) return unknownText;
  for (let step = 0; step <= value.length; step += 1) {
    const end = longest ? value.length - step : step;
    if (matches(value, 0, end, pattern)) return value.slice(end);
  }
  return value;
}

/** `${value%pattern}`, or `%%` for the longest match. */
export function withoutSuffix(shell: Shell, value: string, pattern: string, longest: boolean): string {
  if (indexOfMarker(pattern) < 0) {
    return pattern !== '' && value.endsWith(pattern) ? value.slice(0, -pattern.length) : value;
  }
  const literal = literalBeside(pattern, false);
  if (literal !== undefined && indexOfMarker(value) < 0) {
    const found = longest ? value.indexOf(literal) : value.lastIndexOf(literal);
    return found < 0 ? value : value.slice(0, found);
  }
  if (!isReadable(shell, value, pattern)) return unknownText;
  for (let step = 0; step <= value.length; step += 1) {
    const from = longest ? step : value.length - step;
    if (matches(value, from, value.length, pattern)) return value.slice(0, from);
  }
  return value;
}
