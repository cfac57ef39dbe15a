import { reasonsAgainstRepair } from './defaults.ts';
import type { FieldPath } from './finding.ts';
import { asObject, valueAt } from './json.ts';
import { kindOf, quote, suggestion } from './policy-problem.ts';
import type { PolicyProblem } from './policy-problem.ts';
import type { RuleDefinition } from './rule.ts';

/** What a schema says of a value that does not fit, as far as it is read here. */
export interface SchemaIssue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  readonly expected?: string;
  readonly format?: string;
  readonly origin?: string;
  readonly maximum?: number | bigint;
}

/** Says of a key why it may not stand at a path; undefined where nothing but "unknown" is to be said. */
export type KeyReason = (path: FieldPath, key: string) => string | undefined;

/** Why a rule that people expect to be repaired takes no `fix`, and one that shares its entries no `add`. */
export function reasonsAgainstKeys(definitions: readonly RuleDefinition[]): KeyReason {
  return ([spec, rules, id, ...rest], key) => {
    if (spec !== 'spec' || rules !== 'rules') return undefined;
    const rule = definitions.find((definition) => definition.id === id);
    if (rule === undefined) return undefined;
    if (rest.length === 0 && key === 'fix') {
      const reason = reasonsAgainstRepair.get(rule.id) ?? 'no repair would leave the application as it is';
      return `${rule.id} is never repaired: ${reason}`;
    }
    if (rest.length === 2 && (key === 'add' || key === 'remove') && rule.entriesFrom !== undefined) {
      return `${rule.id} has the entries of ${rule.entriesFrom}; change them there`;
    }
    return undefined;
  };
}

/**
 * The issue in the words of this program.
 * @param value the whole policy file, to show what stood at the place
 * @param schema its JSON Schema, to know which keys the place has
 */
export function problemsOfIssue(
  issue: SchemaIssue,
  value: unknown,
  schema: unknown,
  reasonOf: KeyReason,
): PolicyProblem[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, path);
    return (issue.keys ?? []).map((key) => ({
      path: [...path, key],
      message: reasonOf(path, key) ?? unknownKey(key, known),
    }));
  }
  return [{ path, message: messageOf(issue, valueAt(value, path)) }];
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = suggestion(key, known);
  if (near !== '') return `unknown key ${quote(key)}${near}`;
  return `unknown key ${quote(key)}; known here: ${known.join(', ')}`;
}

function messageOf(issue: SchemaIssue, found: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return found === undefined
        ? `is missing; it must be ${wanted(issue.expected)}`
        : `must be ${wanted(issue.expected)}, not ${kindOf(found)}`;
    case 'invalid_value':
      return unknownValue(found, (issue.values ?? []).map(String));
    case 'too_small':
      return 'must not be empty';
    case 'too_big':
      return `must have at most ${String(issue.maximum)} ${issue.origin === 'array' ? 'entries' : 'characters'}`;
    case 'invalid_format':
      return issue.format === 'date' ? `${quote(found)} is not a day; write it as YYYY-MM-DD` : issue.message;
    default:
      return issue.message;
  }
}

/** Lists longer than this are not printed where a near word was found. */
const printedValues = 6;

function unknownValue(found: unknown, values: readonly string[]): string {
  const [only] = values;
  if (values.length === 1 && only !== undefined) {
    return found === undefined
      ? `is missing; it must be ${quote(only)}`
      : `must be ${quote(only)}, not ${quote(found)}`;
  }
  if (found === undefined) return `is missing; it must be one of ${values.join(', ')}`;
  // A reader of YAML 1.1 takes `off` for false; this program's own does not.
  if (found === false && values.includes('off')) return 'must be a word, not false; write "off" with its quotes';
  const near = typeof found === 'string' ? suggestion(found, values) : '';
  if (near !== '' && values.length > printedValues) return `${quote(found)} is not known${near}`;
  return `${quote(found)} is not one of ${values.join(', ')}${near}`;
}

const wantedKinds: ReadonlyMap<string, string> = new Map([
  ['object', 'an object'],
  ['array', 'a list'],
  ['boolean', 'true or false'],
]);

function wanted(expected = 'value'): string {
  return wantedKinds.get(expected) ?? `a ${expected}`;
}

/** The keys that the JSON Schema has at a path of the value. */
function knownKeys(schema: unknown, path: FieldPath): readonly string[] {
  let at = asObject(schema);
  for (const step of path) {
    const properties = asObject(at['properties']);
    if (typeof step === 'number') at = asObject(at['items']);
    else at = asObject(Object.hasOwn(properties, step) ? properties[step] : undefined);
  }
  return Object.keys(asObject(at['properties']));
}
