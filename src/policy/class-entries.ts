/*
 * What may stand in `add` of a class: image patterns, names of programs, names of capabilities. A rule that is not in
 * the table takes any text that prints.
 */
import { imagePatternProblem } from './image-patterns.ts';
import { quote } from './policy-problem.ts';

const checks: ReadonlyMap<string, (entry: string) => string | undefined> = new Map([
  ['network-tool-image', imageProblem],
  ['network-tool-command', programProblem],
  ['host-capability', capabilityProblem],
]);

/** What is wrong with an entry that the policy file adds to a class of the rule; undefined for a good one. */
export function entryProblem(rule: string, entry: string): string | undefined {
  return (checks.get(rule) ?? textProblem)(entry);
}

function imageProblem(entry: string): string | undefined {
  const problem = imagePatternProblem(entry, 'class');
  return problem === undefined ? undefined : `${quote(entry)} cannot be taken: ${problem}`;
}

/** A program is known by the last part of its path, as the reader of commands compares it. */
function programProblem(entry: string): string | undefined {
  if (entry.includes('/') || entry.includes('\\')) {
    return `${quote(entry)} is a path; name the program alone, it is found in any folder`;
  }
  if (/^[a-z0-9_][a-z0-9_.+-]*$/.test(entry)) return undefined;
  return `${quote(entry)} is not the name of a program: small letters, digits, and . _ + - after the first`;
}

function capabilityProblem(entry: string): string | undefined {
  if (entry.startsWith('CAP_'))
    return `write ${quote(entry.slice('CAP_'.length))} without CAP_; both spellings are found`;
  if (/^[A-Z][A-Z0-9_]*$/.test(entry)) return undefined;
  return `${quote(entry)} is not the name of a capability such as "SYS_ADMIN"`;
}

function textProblem(entry: string): string | undefined {
  return /^[\x21-\x7e]+$/.test(entry) ? undefined : `${quote(entry)} must be one word of printable ASCII`;
}
