import { integerOf } from './characters.ts';
import { unescaped } from './escapes.ts';
import { indexOfMarker, unknownText } from './markers.ts';
import { withoutPrefix, withoutSuffix } from './patterns.ts';
import type { Shell } from './shell.ts';
import { Words } from './words.ts';

/** What stands in `${..}` before an operator. */
export interface Parameter {
  readonly name: string;
  readonly subscript: string | undefined;
}

/** The value of one parameter or element, or of a whole list as one text; undefined where it is not set. */
export function valueOf(shell: Shell, { name, subscript }: Parameter): string | undefined {
  if (name === '@' || name === '*' || subscript === '@' || subscript === '*') {
    const list = listOf(shell, { name, subscript });
    if (list === undefined) return unknownText;
    if (list.length === 0) return undefined;
    const affordable = shell.reading.affordsWords(list.length, shell.origin);
    return affordable ? list.joined(0, list.length, shell.separators().first) : unknownText;
  }
  if (subscript === undefined) return shell.value(name);
  const variable = shell.scope.find(name);
  if (variable === undefined) return undefined;
  const index = integerOf(subscript);
  if (variable.arrays === undefined || index === undefined) return index === 0 ? shell.value(name) : unknownText;
  const elements = shell.choose(variable.arrays);
  return elements?.length === 1 && elements[0] === unknownText ? unknownText : elements?.at(index);
}

/** The values of `$@` or of an array; undefined where they are out of sight. */
export function listOf(shell: Shell, { name }: Parameter): Words | undefined {
  if (name === '@' || name === '*') return shell.positionals();
  const variable = shell.scope.find(name);
  if (variable === undefined) return name === '?' ? undefined : new Words();
  const elements = shell.choose(variable.arrays ?? [variable.values]);
  if (elements === undefined || !shell.reading.affordsWords(elements.length, shell.origin)) return undefined;
  return new Words([...elements], shell.origin);
}

/** How long a value is, or how many values a list has. */
export function lengthOf(shell: Shell, parameter: Parameter): string {
  const { name, subscript } = parameter;
  if (name === '@' || name === '*' || subscript === '@' || subscript === '*') {
    const list = listOf(shell, parameter);
    return list === undefined ? unknownText : String(list.length);
  }
  const value = valueOf(shell, parameter);
  return value === undefined || indexOfMarker(value) < 0 ? String(value?.length ?? 0) : unknownText;
}

/**
 * Whether the word behind the operator stands in the place of the value. A variable that is set out of sight may be empty
 * there: then the default is what is written; where the command line may have set it, both are tried.
 */
export function takesOperand(shell: Shell, parameter: Parameter, operator: string): boolean {
  const value = valueOf(shell, parameter);
  const isAbsent = value === undefined || (value === '' && operator.startsWith(':'));
  if (operator.endsWith('+')) return !isAbsent;
  if (isAbsent || value !== unknownText) return isAbsent;
  return !shell.scope.isInSight(parameter.name) || shell.choose([true, false]) === true;
}

/** What the operator makes of a list; undefined for what cannot be told. */
export function someOf(
  shell: Shell,
  parameter: Parameter,
  list: Words,
  operator: string,
  operand: string,
): Words | undefined {
  if (operator === '' || operator.endsWith('?')) return list;
  if (!shell.reading.affordsWords(list.length, shell.origin)) return undefined;
  const some = new Words();
  if (operator !== ':') {
    for (let index = 0; index < list.length; index += 1) {
      some.add(edited(shell, list.text(index), operator, operand), list.origin(index));
    }
    return some;
  }
  const isArray = parameter.name !== '@' && parameter.name !== '*';
  if (!isArray) some.addFrom(shell.scope.program, 0, Math.max(1, shell.scope.program.length));
  some.addFrom(list, 0, list.length);
  const bounds = boundsOf(operand, some.length);
  if (bounds === undefined) return undefined;
  const part = new Words();
  part.addFrom(some, bounds.from, bounds.end);
  return part;
}

/** What the operator makes of a value. */
export function edited(shell: Shell, value: string, operator: string, operand: string): string {
  if (operator === '' || operator.endsWith('?')) return value;
  if (!shell.reading.affords(value.length, shell.origin)) return unknownText;
  switch (operator) {
    case '#':
    case '##':
      return withoutPrefix(shell, value, operand, operator === '##');
    case '%':
    case '%%':
      return withoutSuffix(shell, value, operand, operator === '%%');
    case ':':
      return slice(value, operand);
    case '/':
    case '//':
      return replaced(shell, value, operand, operator === '//');
    case '^^':
      return operand === '' ? value.toUpperCase() : unknownText;
    case ',,':
      return operand === '' ? value.toLowerCase() : unknownText;
    case '^':
      return operand === '' ? value.charAt(0).toUpperCase() + value.slice(1) : unknownText;
    case ',':
      return operand === '' ? value.charAt(0).toLowerCase() + value.slice(1) : unknownText;
    case '@':
      return transformed(value, operand);
    default:
      return unknownText;
  }
}

function transformed(value: string, letter: string): string {
  if (letter === 'U') return value.toUpperCase();
  if (letter === 'L') return value.toLowerCase();
  if (letter === 'u') return value.charAt(0).toUpperCase() + value.slice(1);
  return letter === 'E' ? unescaped(value) : unknownText;
}

/** Where `offset` or `offset:length` begins and ends in what is that long; undefined where these are no plain numbers. */
function boundsOf(operand: string, size: number): { readonly from: number; readonly end: number } | undefined {
  const [first = '', second] = operand.split(':', 2);
  const offset = integerOf(first.trim() || '0');
  const length = second === undefined ? size : integerOf(second.trim() || '0');
  if (offset === undefined || length === undefined) return undefined;
  const from = offset < 0 ? size + offset : offset;
  if (from < 0) return { from: 0, end: 0 };
  return { from, end: Math.min(size, length < 0 ? size + length : from + length) };
}

/** What is left of text that is partly out of sight is known up to there. */
function slice(value: string, operand: string): string {
  const marker = indexOfMarker(value);
  const bounds = boundsOf(operand, value.length);
  if (bounds === undefined) return unknownText;
  if (marker >= 0 && (operand.includes('-') || bounds.end > marker)) return unknownText;
  return value.slice(bounds.from, bounds.end);
}

function replaced(shell: Shell, value: string, operand: string, all: boolean): string {
  const slash = operand.indexOf('/');
  const search = slash < 0 ? operand : operand.slice(0, slash);
  const replacement = slash < 0 ? '' : operand.slice(slash + 1);
  if (search === '' || '*?['.split('').some((character) => search.includes(character))) return unknownText;
  if (indexOfMarker(value) >= 0) return unknownText;
  const grown = all ? (value.split(search).length - 1) * replacement.length : replacement.length;
  if (!shell.reading.affords(grown, shell.origin)) return unknownText;
  return all ? value.replaceAll(search, () => replacement) : value.replace(search, () => replacement);
}
