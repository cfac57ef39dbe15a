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
