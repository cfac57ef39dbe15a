/*
 * Expressions of CEL as the API server evaluates them, each with a bound of what it can cost there. The bound is put together
 * with the expression, from the sizes that the parts before it let through, by the prices of cel-go's cost tracker; it is
 * an upper bound, and the tests hold it against the real API server.
 * Source: github.com/google/cel-go interpreter/runtimecost.go; k8s.io/apiserver pkg/cel/library/cost.go.
 */

/** A CEL expression. */
export interface Cel {
  readonly text: string;
  /** Most units that the API server can charge for it; 1,000,000 end the evaluation of an expression. */
  readonly cost: number;
}

/** An expression that is a string of at most so many characters. */
export interface CelText extends Cel {
  readonly length: number;
}

/** An expression that is a list of at most so many elements. */
export interface CelList extends Cel {
  readonly count: number;
}

/** The most that the API server lets one expression cost. Source: k8s.io/apiserver pkg/apis/cel/config.go (PerCallLimit). */
export const costLimit = 1_000_000;

/** The most characters that its parser takes in one expression. Source: cel-go parser/parser.go (expressionSizeCodePointLimit). */
export const lengthLimit = 100_000;

/** Price of a step along a path or of a variable, and of a call without a price of its own. */
const step = 1;
/** Price of one round of a loop beside its body. */
const round = 6;
/** Price of a list that is written out, or put together from parts. */
const madeList = 12;
const perCharacter = 0.1;

export const always: Cel = { text: 'true', cost: 0 };
export const never: Cel = { text: 'false', cost: 0 };

/** A string constant; everything beyond printable ASCII stands with its escape. */
export function quoted(text: string): string {
  const escaped = text.replace(/['\\]|[^\x20-\x7e]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (character === "'" || character === '\\') return `\\${character}`;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `'${escaped}'`;
}

/** The alternatives in their order, each tried only where those before it do not hold. */
export function or(...parts: readonly Cel[]): Cel {
  const open = parts.filter((part) => part.text !== never.text);
  const [first, ...rest] = open;
  if (first === undefined) return never;
  if (open.some((part) => part.text === always.text)) return always;
  if (rest.length === 0) return first;
  return { text: open.map((part) => `(${part.text})`).join(' || '), cost: sum(open) };
}

/** All of them, each tried only where those before it hold. */
export function and(...parts: readonly Cel[]): Cel {
  const open = parts.filter((part) => part.text !== always.text);
  const [first, ...rest] = open;
  if (first === undefined) return always;
  if (open.some((part) => part.text === never.text)) return never;
  if (rest.length === 0) return first;
  return { text: open.map((part) => `(${part.text})`).join(' && '), cost: sum(open) };
}

export function not(part: Cel): Cel {
  if (part.text === always.text) return never;
  if (part.text === never.text) return always;
  return { text: `!(${part.text})`, cost: part.cost + 1 };
}

/** The value at a path below a variable, or the literal where one of its steps is missing. */
export function fieldOr(root: string, path: readonly string[], missing: string): Cel {
  return { text: `${root}.?${path.join('.?')}.orValue(${missing})`, cost: step * (path.length + 2) };
}

/** Whether a field is there and true. */
export function isTrue(root: string, ...path: readonly string[]): Cel {
  return fieldOr(root, path, 'false');
}

/** The list at a path, empty where it is missing; the caller has made sure of its size. */
export function listAt(root: string, path: readonly string[], count: number): CelList {
  const { text, cost } = fieldOr(root, path, '[]');
  return { text, cost: cost + madeList, count };
}

/** The string at a path, empty where it is missing; the caller has made sure of its size. */
export function textAt(root: string, path: readonly string[], length: number): CelText {
  return { ...fieldOr(root, path, "''"), length };
}

/** A variable of a loop that is a string. */
export function element(name: string, length: number): CelText {
  return { text: name, cost: step, length };
}

/** Lists one behind the other. */
export function joined(...lists: readonly CelList[]): CelList {
  return {
    text: lists.map(({ text }) => text).join(' + '),
    cost: sum(lists) + 2 * lists.length,
    count: lists.reduce((count, list) => count + list.count, 0),
  };
}

/** A list that is written out. */
export function listOf(parts: readonly Cel[]): CelList {
  return { text: `[${parts.map(({ text }) => text).join(', ')}]`, cost: sum(parts) + madeList, count: parts.length };
}

/** Whether a list or string is longer than this. */
export function longerThan(value: Cel, length: number): Cel {
  return { text: `size(${value.text}) > ${length}`, cost: value.cost + 2 };
}

/** Whether some element has what `body` says of the variable. */
export function exists(list: CelList, variable: string, body: Cel): Cel {
  if (body.text === never.text) return never;
  return loop('exists', list, variable, body);
}

/** The elements that `body` holds for. */
export function filter(list: CelList, variable: string, body: Cel): CelList {
  const made = loop('filter', list, variable, body);
  return { ...made, cost: made.cost + list.count * madeList + madeList, count: list.count };
}

/** What `body` makes of each element. */
export function map(list: CelList, variable: string, body: Cel): CelList {
  const made = loop('map', list, variable, body);
  return { ...made, cost: made.cost + list.count * madeList + madeList, count: list.count };
}

function loop(macro: string, list: CelList, variable: string, body: Cel): Cel {
  return {
    text: `${inner(list)}.${macro}(${variable}, ${body.text})`,
    cost: list.cost + list.count * (body.cost + round) + round,
  };
}

/** A value that is computed once and used under a name. */
export function named(value: Cel, name: string, body: Cel): Cel {
  return exists({ text: `[${value.text}]`, cost: value.cost + madeList, count: 1 }, name, body);
}

/** Whether a string holds a match of the regular expression (RE2). */
export function matches(text: CelText, pattern: string): Cel {
  return {
    text: `${inner(text)}.matches(${quoted(pattern)})`,
    cost: text.cost + matchCost(text.length, pattern.length),
  };
}

/** Source: runtimecost.go (MatchesString). */
function matchCost(length: number, patternLength: number): number {
  return Math.ceil((1 + length) * perCharacter) * Math.ceil(patternLength * 0.25);
}

/** Whether a string holds one of the words, which are lists of constants. */
export function containsAny(text: CelText, words: readonly string[]): Cel {
  return or(
    ...words.map((word) => ({
      text: `${inner(text)}.contains(${quoted(word)})`,
      cost: text.cost + Math.ceil(text.length * perCharacter) * Math.ceil(word.length * perCharacter) + 1,
    })),
  );
}

/** Whether a value is one of the constants, of which the API server makes a set when it compiles the expression. */
export function isOneOf(text: CelText, words: readonly string[]): Cel {
  if (words.length === 0) return never;
  return { text: `${text.text} in [${words.map(quoted).join(', ')}]`, cost: text.cost + 2 };
}

/** Whether a value is the constant. */
export function is(text: CelText, constant: string): Cel {
  return {
    text: `${inner(text)} == ${quoted(constant)}`,
    cost: text.cost + Math.ceil(Math.min(text.length, constant.length) * perCharacter) + 1,
  };
}

/** A string with its letters of ASCII made small. */
export function small(text: CelText): CelText {
  return { text: `${inner(text)}.lowerAscii()`, cost: text.cost + traversal(text.length), length: text.length };
}

/** A string with every occurrence of a constant replaced. */
export function replaced(text: CelText, from: string, to: string): CelText {
  const length = text.length * Math.max(1, to.length / from.length);
  return {
    text: `${inner(text)}.replace(${quoted(from)}, ${quoted(to)})`,
    cost: text.cost + 2 * traversal(text.length),
    length,
  };
}

/** The strings of a list with a separator between them; the caller has made sure of the size of it all. */
export function joinedText(list: CelList, separator: string, length: number): CelText {
  return { text: `${inner(list)}.join(${quoted(separator)})`, cost: list.cost + 2 * traversal(length), length };
}

/** The first match of a regular expression (RE2), or an empty string. */
export function found(text: CelText, pattern: string): CelText {
  const cost = text.cost + matchCost(text.length, pattern.length);
  return { text: `${inner(text)}.find(${quoted(pattern)})`, cost, length: text.length };
}

/** How many characters the strings of a list have together. */
export function totalSize(list: CelList): Cel {
  const sizes = map(list, 'text', { text: 'size(text)', cost: step + 1 });
  return { text: `${sizes.text}.sum()`, cost: sizes.cost + sizes.count + 1 };
}

/** Prices of what an author of an expression writes himself. */
export const costOf = {
  traversal,
  match: matchCost,
  contains: (length: number, word: number): number =>
    Math.ceil(length * perCharacter) * Math.ceil(word * perCharacter) + 3,
} as const;

/** An expression of the author's own, which refers to names and constants only. */
export function raw(text: string, cost: number): Cel {
  return { text, cost };
}

function traversal(length: number): number {
  return Math.ceil(length * perCharacter) + 1;
}

/** The expression as the receiver of a call. */
function inner({ text }: Cel): string {
  return /^[\w.?]+(?:\([^()]*\))?$/.test(text) || /^\[[^[\]]*\]$/.test(text) || /^\([^()]*\)$/.test(text)
    ? text
    : `(${text})`;
}

function sum(parts: readonly Cel[]): number {
  return parts.reduce((cost, part) => cost + part.cost, 0);
}
