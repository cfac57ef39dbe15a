const quote = 0x22;
const backslash = 0x5c;

/** What begins no JSON value ends one: white space, and what stands between values. */
const scalarEnd = /[\s,:\]}]/g;

/**
 * Offset behind the JSON value that begins at `at`; undefined where the text ends before it does. Brackets and quotes are
 * counted and nothing else: whether what stands between them is JSON is for a parser to say.
 */
export function jsonExtent(text: string, at: number): number | undefined {
  const first = text.charCodeAt(at);
  if (first === quote) return stringEnd(text, at);
  if (!opens(first)) {
    scalarEnd.lastIndex = at + 1;
    return scalarEnd.exec(text)?.index;
  }
  let depth = 0;
  for (let index = at; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === quote) {
      const end = stringEnd(text, index);
      if (end === undefined) return undefined;
      index = end - 1;
    } else if (opens(code)) depth += 1;
    else if (closes(code)) {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
  }
  return undefined;
}

function stringEnd(text: string, at: number): number | undefined {
  for (let index = at + 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === quote) return index + 1;
    if (code === backslash) index += 1;
  }
  return undefined;
}

const opens = (code: number): boolean => code === 0x7b || code === 0x5b;
const closes = (code: number): boolean => code === 0x7d || code === 0x5d;
