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

// C0, DEL, C1, line and paragraph separators, and the marks that turn the direction of text (CVE-2021-42574).
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** The text on one line, with everything that a terminal would obey written as an escape. */
export function plainLine(text: string, limit = 500): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}… (${text.length} characters)` : text;
  // Nearly every text is plain, and to find that out costs a tenth of looking for each of the others.
  if (/^[ -~]*$/.test(cut)) return cut;
  return cut.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
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
