import type { FieldPath, Finding } from '../policy/finding.ts';
import { repair } from '../policy/fix.ts';
import { asObject, asString, isObject, valueAt } from '../policy/json.ts';
import type { PatchOperation } from '../policy/json-patch.ts';
import { applyPatch } from '../policy/json-patch.ts';

/** A longer change is no help to a reader. */
const maxLines = 40;

/**
 * The change that mends a finding, as lines of YAML that begin with a blank, `-` or `+` and lead from the root of the object
 * to the field; undefined where only its author knows what to write.
 *
 * It is what `check --fix` does where that mends the rule, and else a field that is true set to false, or a capability taken
 * out: a proposal that a person reads first.
 */
export function fixDiff(object: unknown, finding: Finding): readonly string[] | undefined {
  const operations = finding.mend === undefined ? proposal(object, finding) : repair(object, [finding]).operations;
  if (operations.length === 0) return undefined;
  // Only the container, or else the object around the field, is copied: an object may be large and have many findings.
  const root = finding.containerPath ?? finding.path.slice(0, -1);
  const before = valueAt(object, root);
  const after = applyPatch(
    before,
    operations.map((each) => ({ ...each, path: each.path.slice(root.length) })),
  );
  const { lines, pad } = wayTo(object, root);
  const diff = [...lines, ...changes(before, after, pad)];
  return diff.length > maxLines ? undefined : diff;
}

/** The field at a path with the keys that lead there, as lines of YAML; a long value is cut. */
export function excerptOf(object: unknown, path: FieldPath): readonly string[] {
  const last = path.at(-1);
  if (last === undefined) return [];
  const { lines, pad } = wayTo(object, path.slice(0, -1));
  const value = valueAt(object, path);
  const field = written(typeof last === 'number' ? [value] : { [last]: value }, pad, '+');
  return [...lines, ...field.slice(0, maxLines)].map((line) => line.slice(1));
}

function proposal(object: unknown, { path }: Finding): readonly PatchOperation[] {
  const value = valueAt(object, path);
  if (value === true) return [{ op: 'replace', path, value: false }];
  const isGrant = path.at(-2) === 'add' && path.at(-3) === 'capabilities' && typeof value === 'string';
  // What a program that had all capabilities needs of them is for its author to say.
  return isGrant && value.trim().toUpperCase() !== 'ALL' ? [{ op: 'remove', path }] : [];
}

/** The keys that lead to a place, a line each, and the indentation of what stands there. */
function wayTo(object: unknown, path: FieldPath): { lines: string[]; pad: string } {
  const lines: string[] = [];
  let pad = '';
  for (const [depth, step] of path.entries()) {
    if (typeof step === 'number') {
      const name = asString(asObject(valueAt(object, path.slice(0, depth + 1)))['name']);
      lines.push(` ${pad}- ${name === '' ? `# item ${step}` : `name: ${scalar(name)}`}`);
    } else lines.push(` ${pad}${scalar(step)}:`);
    pad += '  ';
  }
  return { lines, pad };
}

function changes(before: unknown, after: unknown, pad: string): string[] {
  if (isObject(before) && isObject(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
      changeOf(key, ownValue(before, key), ownValue(after, key), pad),
    );
  }
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(before, after, pad);
  return [...written(before, pad, '-'), ...written(after, pad, '+')];
}

function changeOf(key: string, before: unknown, after: unknown, pad: string): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const both = (isObject(before) && isObject(after)) || (Array.isArray(before) && Array.isArray(after));
  if (both) return [` ${pad}${scalar(key)}:`, ...changes(before, after, `${pad}  `)];
  return [
    ...(before === undefined ? [] : written({ [key]: before }, pad, '-')),
    ...(after === undefined ? [] : written({ [key]: after }, pad, '+')),
  ];
}

/** Entries that only the old list has, and those that only the new one has; their order is not told. */
function listChanges(before: readonly unknown[], after: readonly unknown[], pad: string): string[] {
  const texts = (list: readonly unknown[]): string[] => list.map((entry) => JSON.stringify(entry));
  const [old, fresh] = [texts(before), texts(after)];
  return [
    ...before.filter((_, index) => !fresh.includes(old[index] ?? '')).flatMap((entry) => written([entry], pad, '-')),
    ...after.filter((_, index) => !old.includes(fresh[index] ?? '')).flatMap((entry) => written([entry], pad, '+')),
  ];
}

/** A value as lines of YAML, each after a sign. */
function written(value: unknown, pad: string, sign: '-' | '+'): string[] {
  if (Array.isArray(value)) return value.flatMap((entry) => entryLines('- ', entry, pad, sign));
  if (!isObject(value)) return [`${sign}${pad}${scalar(value)}`];
  return Object.entries(value).flatMap(([key, each]) => entryLines(`${scalar(key)}:`, each, pad, sign));
}

function entryLines(head: string, value: unknown, pad: string, sign: '-' | '+'): string[] {
  if (typeof value === 'object' && value !== null) {
    return [`${sign}${pad}${head.trimEnd()}`, ...written(value, `${pad}  `, sign)];
  }
  return [`${sign}${pad}${head.trimEnd()} ${scalar(value)}`];
}

function scalar(value: unknown): string {
  if (typeof value === 'string' && /^(?!(?:true|false|null|y|yes|n|no|on|off)$)[a-z_][\w./-]*$/i.test(value))
    return value;
  return JSON.stringify(value);
}

function ownValue(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
