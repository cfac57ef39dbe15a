/*
 * Names of namespaces and service accounts as exemptions write them: exact, or with `*` for any run of characters.
 * The names come from requests, so matching is linear: pieces of the pattern are looked for from left to right, once.
 */

/** Longest name that the API server takes (a DNS subdomain); a longer one matches no pattern. */
const nameLength = 253;

/** What is wrong with a pattern of one name; undefined for a good one. */
export function nameGlobProblem(pattern: string): string | undefined {
  if (pattern === '') return 'must not be empty';
  if (pattern.length > nameLength) return `must have at most ${nameLength} characters`;
  if (/^[-.a-z0-9*]+$/.test(pattern)) return undefined;
  return 'must be a name in small letters, digits, "-" and ".", with "*" for any part of it';
}

/** Whether a name is one of the exact names, or matches one of the patterns with `*`. */
export function compileNameGlobs(patterns: readonly string[]): (name: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const globs = patterns.filter((pattern) => pattern.includes('*')).map((pattern) => pattern.split('*'));
  return (name) =>
    exact.has(name) || (name.length <= nameLength && globs.some((pieces) => matchesPieces(name, pieces)));
}

/** The first piece is a prefix, the last a suffix, the others follow each other in between. */
function matchesPieces(name: string, pieces: readonly string[]): boolean {
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let from = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, from);
    if (found < 0 || found + piece.length > end) return false;
    from = found + piece.length;
  }
  return true;
}

/** A service account as the policy file writes it. */
export interface AccountPattern {
  readonly namespace: string;
  readonly name: string;
}

/** Reads `namespace/name` or `system:serviceaccount:namespace:name`; undefined for anything else. */
export function parseAccountPattern(text: string): AccountPattern | undefined {
  const parts = text.startsWith('system:serviceaccount:')
    ? text.slice('system:serviceaccount:'.length).split(':')
    : text.split('/');
  const [namespace, name] = parts;
  if (parts.length !== 2 || namespace === undefined || name === undefined) return undefined;
  return { namespace, name };
}

/** What is wrong with the pattern of a service account; undefined for a good one. */
export function accountPatternProblem(text: string): string | undefined {
  const pattern = parseAccountPattern(text);
  if (pattern === undefined) return 'must be "namespace/name" or "system:serviceaccount:namespace:name"';
  return nameGlobProblem(pattern.namespace) ?? nameGlobProblem(pattern.name);
}

/** Whether a service account is one of those that the patterns name. */
export function compileAccountPatterns(patterns: readonly string[]): (namespace: string, name: string) => boolean {
  const compiled = patterns
    .map(parseAccountPattern)
    .filter((pattern) => pattern !== undefined)
    .map((pattern) => ({
      namespace: compileNameGlobs([pattern.namespace]),
      name: compileNameGlobs([pattern.name]),
    }));
  return (namespace, name) => compiled.some((pattern) => pattern.namespace(namespace) && pattern.name(name));
}
