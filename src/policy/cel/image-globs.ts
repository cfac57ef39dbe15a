/* A glob of image names as an expression that says the same of a full name. */
import type { ImageGlob } from '../image-glob.ts';
import type { Cel, CelText } from './expression.ts';
import { costOf, matches, quoted, raw } from './expression.ts';

/** What a full name that is written plainly is made of, beside slashes. */
const characters = Array.from({ length: 128 }, (_, code) => code).filter((code) =>
  /[-.0-9:_a-z]/.test(String.fromCharCode(code)),
);

/** Whether a glob matches a name that has a slash in front, or an end of it behind any slash. */
export function globCondition({ literal, groups }: ImageGlob, name: CelText): Cel {
  if (literal !== undefined) {
    return raw(`${name.text}.endsWith(${quoted(`/${literal}`)})`, name.cost + costOf.traversal(literal.length + 1) + 2);
  }
  const last = groups.length - 1;
  const parts = groups.map((group, index) => {
    const segments = group.map(({ runs }) => runs.map(({ steps }) => steps.map(stepPattern).join('')).join('[^/]*'));
    if (index === last) return segments.length === 0 ? '/.+' : segments.map((each) => `/${each}`).join('');
    // What `**` stands for between two groups: any number of segments.
    return `${segments.map((each) => `/${each}`).join('')}${index + 1 === last && isEmpty(groups[last]) ? '' : '(?:/[^/]+)*'}`;
  });
  return matches(name, `${parts.join('')}$`);
}

function isEmpty(group: readonly unknown[] | undefined): boolean {
  return group === undefined || group.length === 0;
}

function stepPattern(step: number | Uint8Array): string {
  if (typeof step === 'number') {
    const character = String.fromCharCode(step);
    return /[a-z0-9_/:-]/.test(character) ? character : `[${/[\]\\^[-]/.test(character) ? '\\' : ''}${character}]`;
  }
  const members = characters.filter((code) => step[code] === 1);
  if (members.length === characters.length) return '[^/]';
  // No name has what the set asks for.
  return members.length === 0 ? '[A-Z]' : `[${ranges(members)}]`;
}

/** The members of a set, neighbours as a range. */
function ranges(codes: readonly number[]): string {
  const starts = codes.filter((code) => !codes.includes(code - 1));
  return starts
    .map((start) => {
      let end = start;
      while (codes.includes(end + 1)) end += 1;
      const [first, last] = [start, end].map((code) => `${code === 45 ? '\\' : ''}${String.fromCharCode(code)}`);
      return start === end ? first : `${first}-${last}`;
    })
    .join('');
}
