import { indexOfMarker } from './markers.ts';

/** What a shell has in IFS when it starts, whatever its environment says, and what it goes by where IFS is not set. */
export const defaultSeparators = ' \t\n';

/** A part of a field. */
export const noSeparator = 0;
/** A blank, tab or newline of IFS: any number of them is one separator. */
export const blankSeparator = 1;
/** Any other character of IFS: each ends a field, be it an empty one. */
export const otherSeparator = 2;

/**
 * How one value of IFS takes the text of an expansion apart, and puts `$*` together.
 * Source: POSIX Shell Command Language 2.5.2 Special Parameters, 2.6.5 Field Splitting.
 */
export class Separators {
  /** What `$*` has between its parameters. */
  readonly first: string;
  /** Whether some of them are out of sight. */
  readonly areUnknown: boolean;
  readonly #codes = new Set<number>();

  constructor(ifs: string) {
    this.first = ifs.charAt(0);
    this.areUnknown = indexOfMarker(ifs) >= 0;
    for (let index = 0; index < ifs.length; index += 1) this.#codes.add(ifs.charCodeAt(index));
  }

  kindOf(code: number): number {
    if (!this.#codes.has(code)) return noSeparator;
    return code === 0x20 || code === 0x09 || code === 0x0a ? blankSeparator : otherSeparator;
  }
}
