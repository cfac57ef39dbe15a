import { integerOf } from './characters.ts';
import { indexOfMarker, unknownText } from './markers.ts';
import { withoutPrefix, withoutSuffix } from './patterns.ts';
import type { Shell } from './scope.ts';

/** The value after the operator; undefined where nothing is left of it. */
export function applied(
  shell: Shell,
  name: string,
  value: string | undefined,
  operator: string,
  operand: string,
): string | undefined {
  switch (operator) {
    case ':-':
    case '-':
    case ':=':
    case '=': {
      const result = orDefault(shell, name, value, operand, operator.startsWith(':'));
      if (operator.endsWith('=') && result !== undefined) shell.scope.assign(name, result, true);
      return result;
    }
    case ':+':
      return value === undefined || value === '' ? undefined : operand;
    case '+':
      return value === undefined ? undefined : operand;
    case ':?':
    case '?':
    case '':
      return value;
    default:
      return value === undefined ? undefined : edited(shell, value, operator, operand);
  }
}

/** A variable that is set out of sight may be empty there: then the default is what is written, and both are tried. */
function orDefault(
  shell: Shell,
  name: string,
  value: string | undefined,
  operand: string,
  emptyToo: boolean,
): string | undefined {
  if (value === undefined || (emptyToo && value === '')) return operand;
  if (value !== unknownText) return value;
  return shell.scope.isInSight(name) ? shell.choose([operand, value]) : operand;
}

function edited(shell: Shell, value: string, operator: string, operand: string): string {
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
    default:
      return unknownText;
  }
}

/** `offset` or `offset:length`; what is left of text that is partly out of sight is known up to there. */
function slice(value: string, operand: string): string {
  const [first = '', second] = operand.split(':', 2);
  const offset = integerOf(first.trim());
  const length = second === undefined ? undefined : integerOf(second.trim());
  if (offset === undefined || (second !== undefined && length === undefined)) return unknownText;
  const from = offset < 0 ? Math.max(0, value.length + offset) : offset;
  const end = length === undefined ? value.length : length < 0 ? value.length + length : from + length;
  const marker = indexOfMarker(value);
  if (marker >= 0 && (offset < 0 || end > marker || length === undefined || length < 0)) return unknownText;
  return value.slice(from, end);
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
