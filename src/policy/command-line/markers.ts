/*
 * Stand-ins for text that the reader cannot know, kept inside ordinary strings. They are Unicode non-characters: one that
 * an author writes himself makes his own word opaque and nothing else.
 */

/** Text from out of sight: an unresolved variable, the output of an unknown program. */
export const unknownText = '\uFDD0';
/** An unquoted `*`, `?` and `[` where the shell would look for file names. */
export const anyText = '\uFDD1';
export const anyCharacter = '\uFDD2';
export const anySet = '\uFDD3';
/** A parameter of a function whose calls are judged one by one: unresolved, but nobody's secret. */
export const parameterText = '\uFDD4';

const first = 0xfdd0;
const last = 0xfdd4;

/** Index of the first marker, or -1. */
export function indexOfMarker(text: string): number {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= first && code <= last) return index;
  }
  return -1;
}

/** Index of the last marker, or -1. */
export function lastIndexOfMarker(text: string): number {
  for (let index = text.length - 1; index >= 0; index -= 1) {
    const code = text.charCodeAt(index);
    if (code >= first && code <= last) return index;
  }
  return -1;
}

/** Puts markers in the place of `*`, `?` and `[..]`, as an unquoted expansion reads them. */
export function markGlobs(text: string): string {
  if (!text.includes('*') && !text.includes('?') && !text.includes('[')) return text;
  let marked = '';
  let close = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '[' && close >= 0) close = text.indexOf(']', at);
    if (character === '*') marked += anyText;
    else if (character === '?') marked += anyCharacter;
    else if (character === '[' && close > at) {
      marked += anySet;
      at = close;
    } else marked += character;
  }
  return marked;
}
