import { skipSpace } from './go-space.ts';
import { ManifestSyntaxError } from './syntax-error.ts';

/** The text of one YAML document between two `---` lines, or the error that stands in its place. */
export interface YamlDocumentText {
  readonly text: string;
  /** Where the text begins and ends in the whole; the line break that the reader puts at the end is not counted. */
  readonly base: number;
  readonly end: number;
  readonly error?: ManifestSyntaxError;
}

/**
 * Cuts a text at the lines that begin with `---`, whatever they stand in: a block text or a quoted text ends there too.
 *
 * Source: YAMLReader in k8s.io/apimachinery/pkg/util/yaml/decoder.go. A line `--- x` is an error, and what stands above
 * it up to the last separator is lost with it. A separator with nothing above it belongs to the document below.
 */
export function* splitYamlDocuments(text: string, from: number): Generator<YamlDocumentText> {
  let base = from;
  let line = from;
  while (line < text.length) {
    const nextLine = lineAfter(text, line);
    if (text.startsWith('---', line)) {
      const rest = skipSpace(text, line + 3);
      if (rest < nextLine && text[rest] !== '#') {
        const error = new ManifestSyntaxError("only a comment may follow '---' on its line", line - base);
        yield { text: text.slice(base, nextLine), base, end: nextLine, error };
        base = nextLine;
      } else if (line > base) {
        yield documentText(text.slice(base, line), base);
        base = nextLine;
      }
    }
    line = nextLine;
  }
  if (base < text.length) yield documentText(text.slice(base), base);
}

function lineAfter(text: string, line: number): number {
  const end = text.indexOf('\n', line);
  return end < 0 ? text.length : end + 1;
}

// Everything but tab, breaks and printable characters; a surrogate matches where it is not one of a pair.
const unprintable = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** The text as the reader sees it: with a break at the end of its last line, where a CR does not make a CRLF of it. */
export function withFinalBreak(text: string): string {
  if (text.endsWith('\n')) return text;
  return text.endsWith('\r') ? `${text}\r\n` : `${text}\n`;
}

/** The text with the line break that the reader puts at its end, or the error of a character that it refuses. */
function documentText(text: string, base: number): YamlDocumentText {
  const whole = withFinalBreak(text);
  const end = base + text.length;
  const offset = whole.search(unprintable);
  if (offset >= 0) {
    const code = (whole.codePointAt(offset) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return {
      text: whole,
      base,
      end,
      error: new ManifestSyntaxError(`the control character U+${code} cannot stand in YAML`, offset),
    };
  }
  // The reader passes over characters at the start of lines while a byte order mark begins its buffer, a block of some 500 bytes.
  const mark = whole.indexOf('\ufeff', 1);
  if (mark >= 0) {
    return {
      text: whole,
      base,
      end,
      error: new ManifestSyntaxError('a byte order mark stands inside the document', mark),
    };
  }
  return { text: whole, base, end };
}
