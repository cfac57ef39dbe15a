import { isScalar, LineCounter, parseAllDocuments } from 'yaml';
import type { Document, YAMLError } from 'yaml';
import type { FieldPath } from '../policy/finding.ts';
import { formatProblem, parsePolicy, PolicyError } from '../policy/policy.ts';
import type { Policy, PolicyProblem } from '../policy/policy.ts';
import { locate, positionAt } from './locate.ts';
import type { Position } from './locate.ts';
import { PolicyFileError } from './policy-file-error.ts';
import type { PolicyFileProblem } from './policy-file-error.ts';
import { repeatedKeys } from './repeated-keys.ts';

/** Largest policy file that is read, in UTF-16 units; a ConfigMap holds 1 MiB. */
export const maxPolicyTextLength = 4 * 1024 * 1024;

/** Syntax errors after these are the echo of the first ones. */
const syntaxErrorsTold = 20;

/** Problems that are told with their place; a file with more is no policy file, and to find each place takes time. */
const problemsTold = 100;

/** A policy, and where its fields stand in its file. */
export interface PolicyDocument {
  readonly policy: Policy;
  readonly locate: (path: FieldPath) => Position;
}

/**
 * Reads the text of a policy file: one document of YAML 1.2 (or JSON), so that `off` is a word and a date is text.
 * @param file its name, for error messages
 * @throws {PolicyFileError} with every problem, each with its line and column
 */
export function readPolicyText(text: string, file: string): Policy {
  return readPolicyDocument(text, file).policy;
}

/**
 * `readPolicyText` for a caller that has more to say of the file's lines.
 * @throws {PolicyFileError}
 */
export function readPolicyDocument(text: string, file: string): PolicyDocument {
  const lines = new LineCounter();
  const document = onlyDocument(text, file, lines);
  const value = plainValue(document, file);
  const locateIn = (path: FieldPath): Position => locate(document, lines, path);
  try {
    return { policy: parsePolicy(value), locate: locateIn };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new PolicyFileError(file, placedProblems(error.problems, locateIn), { cause: error });
  }
}

function placedProblems(
  problems: readonly PolicyProblem[],
  locateIn: (path: FieldPath) => Position,
): readonly PolicyFileProblem[] {
  const placed = problems
    .slice(0, problemsTold)
    .map((problem) => ({ ...locateIn(problem.path), message: formatProblem(problem) }));
  placed.sort((one, other) => one.line - other.line || one.column - other.column);
  const left = problems.length - placed.length;
  return left === 0 ? placed : [...placed, { ...locateIn([]), message: `and ${left} more problems` }];
}

function onlyDocument(text: string, file: string, lines: LineCounter): Document {
  if (text.length > maxPolicyTextLength) {
    throw unreadable(file, `is larger than a policy file may be (${maxPolicyTextLength} characters)`);
  }
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
    version: '1.2',
    stringKeys: true,
    uniqueKeys: false,
  });
  const troubles = [...documents].flatMap(({ errors, warnings }): YAMLError[] => [...errors, ...warnings]);
  if (troubles.length > 0) {
    throw new PolicyFileError(file, troubles.slice(0, syntaxErrorsTold).map(syntaxProblem(lines)), {
      cause: troubles[0],
    });
  }
  const repeated = [...documents].flatMap(repeatedKeys);
  if (repeated.length > 0) {
    const told = repeated.slice(0, syntaxErrorsTold);
    throw new PolicyFileError(
      file,
      told.map((offset) => ({ ...positionAt(lines, offset), message: 'this key stands in its map already' })),
    );
  }
  const [document, second] = [...documents].filter(({ contents }) => !isNothing(contents));
  if (document === undefined) throw unreadable(file, 'is empty; a policy file holds one document of kind Policy');
  if (second !== undefined) {
    const at = positionAt(lines, second.range[0]);
    throw new PolicyFileError(file, [{ ...at, message: 'second document; a policy file holds one' }]);
  }
  return document;
}

/** `---` alone, or comments between the markers. */
function isNothing(contents: unknown): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

function syntaxProblem(lines: LineCounter): (error: YAMLError) => PolicyFileProblem {
  return (error) => ({ ...positionAt(lines, error.pos[0]), message: error.message });
}

/** The document as plain values; a name for nothing and a text that grows without bound stop here. */
function plainValue(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : 'cannot be read', error);
  }
}

function unreadable(file: string, message: string, cause?: unknown): PolicyFileError {
  return new PolicyFileError(file, [{ line: 1, column: 1, message }], { cause });
}
