import { plainLine } from '../telemetry/plain-line.ts';

export { plainLine };

/** Colours of the terminal; each gives its text back unchanged where colour is off. */
export interface Paint {
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

export function paint(colour: boolean): Paint {
  const code = (open: number, close: number) => (text: string) =>
    colour ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return { red: code(31, 39), yellow: code(33, 39), cyan: code(36, 39), bold: code(1, 22), dim: code(2, 22) };
}

/** Whether to use colour: only on a terminal, and not where NO_COLOR (no-color.org) is set to anything. */
export function wantsColour(isTty: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  return isTty && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

/**
 * JSON and YAML for a terminal: what it would obey stands only inside double quotes there, where both formats know the
 * escapes that this puts in its place.
 */
export function plainText(text: string): string {
  return text
    .split('\n')
    .map((line) => plainLine(line, Number.POSITIVE_INFINITY))
    .join('\n');
}

/**
 * A value as JSON for a terminal and for any parser: some refuse half of a surrogate pair, which JSON.stringify keeps as an
 * escape. U+FFFD stands for it, as the API server has it.
 */
export function jsonText(value: object, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent);
  const whole = text.includes('\\ud')
    ? text.replace(/\\\\|\\ud[89a-f][\da-f]{2}/g, (escape) => (escape === '\\\\' ? escape : '\ufffd'))
    : text;
  return plainText(whole);
}
