/*
 * What a schema cannot say of a policy file: names that must be unique, entries that must be there to be taken away,
 * patterns that must be readable. The value is read with tolerance, so that these problems are told together with
 * those of its shape.
 */
import { entryProblem } from './class-entries.ts';
import { limits } from './defaults.ts';
import type { FieldPath } from './finding.ts';
import { imagePatternProblem, patternHasNoHost } from './image-patterns.ts';
import { asList, asString, asStrings, isObject, valueAt } from './json.ts';
import { accountPatternProblem, nameGlobProblem } from './name-globs.ts';
import { quote, suggestion } from './policy-problem.ts';
import type { PolicyProblem } from './policy-problem.ts';
import type { ClassDefinition, RuleDefinition } from './rule.ts';

type Tell = (path: FieldPath, message: string) => void;

/** Every problem of a policy file beyond its shape. */
export function policyChecks(value: unknown, definitions: readonly RuleDefinition[]): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const tell: Tell = (path, message) => problems.push({ path, message });
  checkClasses(value, definitions, tell);
  checkExemptions(asList(valueAt(value, ['spec', 'exemptions'])), tell);
  checkKinds(asList(valueAt(value, ['spec', 'kinds'])), tell);
  return problems;
}

function checkClasses(value: unknown, definitions: readonly RuleDefinition[], tell: Tell): void {
  let added = 0;
  for (const definition of definitions) {
    const path = ['spec', 'rules', definition.id, 'classes'];
    const written = valueAt(value, path);
    if (written === undefined) continue;
    const owners = checkRemoved(definition, written, path, tell);
    for (const { name } of definition.classes ?? []) {
      const add = asList(valueAt(written, [name, 'add']));
      added += add.length;
      add.forEach((entry, index) => {
        if (typeof entry !== 'string' || entry === '') return;
        const owner = owners.get(entry);
        const problem = owner === undefined ? entryProblem(definition.id, entry) : alreadyIn(entry, owner, name);
        if (problem === undefined) owners.set(entry, name);
        else tell([...path, name, 'add', index], problem);
      });
    }
  }
  if (added > limits.patterns) tell(['spec', 'rules'], `adds ${added} entries in all; ${limits.patterns} are allowed`);
}

/** Tells of what cannot be removed; returns the class of each entry that stays. */
function checkRemoved(definition: RuleDefinition, written: unknown, path: FieldPath, tell: Tell): Map<string, string> {
  const owners = new Map<string, string>();
  for (const defined of definition.classes ?? []) {
    const remaining = new Set(defined.entries);
    asList(valueAt(written, [defined.name, 'remove'])).forEach((entry, index) => {
      if (typeof entry !== 'string' || remaining.delete(entry)) return;
      tell([...path, defined.name, 'remove', index], notIn(entry, defined, definition.classes ?? []));
    });
    for (const entry of remaining) owners.set(entry, defined.name);
  }
  return owners;
}

function notIn(entry: string, { name, entries }: ClassDefinition, classes: readonly ClassDefinition[]): string {
  if (entries.includes(entry)) return `${quote(entry)} is removed twice`;
  const other = classes.find((each) => each.entries.includes(entry));
  const where = other === undefined ? suggestion(entry, entries) : `; it is in class ${quote(other.name)}`;
  return `${quote(entry)} is not in class ${quote(name)}${where}`;
}

function alreadyIn(entry: string, owner: string, name: string): string {
  if (owner === name) return `${quote(entry)} is in class ${quote(name)} already`;
  return `${quote(entry)} is in class ${quote(owner)} already; remove it there to move it`;
}

function checkExemptions(exemptions: readonly unknown[], tell: Tell): void {
  const names = new Set<string>();
  let patterns = 0;
  exemptions.forEach((fields, index) => {
    if (!isObject(fields)) return;
    const path = ['spec', 'exemptions', index];
    checkUnique(asString(fields['name']), names, [...path, 'name'], tell);
    if (['namespaces', 'images', 'serviceAccounts'].every((selector) => fields[selector] === undefined)) {
      tell(path, 'names none of namespaces, images, serviceAccounts; an exemption says what it covers');
    }
    const check = (field: string, problemOf: (pattern: string) => string | undefined): void => {
      const list = asList(fields[field]);
      patterns += list.length;
      list.forEach((pattern, at) => {
        const problem = typeof pattern === 'string' && pattern !== '' ? problemOf(pattern) : undefined;
        if (problem !== undefined) tell([...path, field, at], problem);
      });
    };
    check('namespaces', nameGlobProblem);
    check('images', imageProblem);
    check('serviceAccounts', accountPatternProblem);
  });
  if (patterns > limits.patterns) {
    tell(['spec', 'exemptions'], `have ${patterns} names and patterns in all; ${limits.patterns} are allowed`);
  }
}

/** An exemption's images are compared with whole references: a pattern without a registry would match none. */
function imageProblem(pattern: string): string | undefined {
  const problem = imagePatternProblem(pattern, 'exemption');
  if (problem !== undefined) return `${quote(pattern)} cannot be taken: ${problem}`;
  if (!patternHasNoHost(pattern)) return undefined;
  return `${quote(pattern)} names no registry, so no image is matched; images of Docker Hub are "docker.io/..."`;
}

function checkUnique(name: string, names: Set<string>, path: FieldPath, tell: Tell): void {
  if (name !== '' && names.has(name)) tell(path, `${quote(name)} is the name of an exemption above; each has its own`);
  names.add(name);
}

function checkKinds(kinds: readonly unknown[], tell: Tell): void {
  const known = new Set<string>();
  kinds.forEach((fields, index) => {
    if (!isObject(fields)) return;
    const path = ['spec', 'kinds', index];
    const identity = `${asString(fields['group'])}/${asString(fields['kind'])}`;
    if (known.has(identity)) tell(path, `${quote(identity)} stands above already; put its paths together`);
    known.add(identity);
    if (asStrings(fields['podSpecs']).length + asStrings(fields['containers']).length === 0) {
      tell(path, 'names neither podSpecs nor containers; say where its containers stand');
    }
  });
}
