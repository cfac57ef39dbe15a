import { integerOf } from './characters.ts';
import { parameterText, unknownText } from './markers.ts';
import type { Reading } from './reading.ts';
import type { Scope } from './scope.ts';
import { defaultSeparators, type Separators } from './separators.ts';
import type { Words } from './words.ts';

/** One script being read in one scope: whose words its own words are, and which of several values is being tried. */
export class Shell {
  readonly reading: Reading;
  readonly scope: Scope;
  /** Index of the argv word that holds the script. */
  readonly origin: number;
  /** Which value of a variable with several is being tried, and how many the most varied one has. */
  choice = 0;
  choices = 1;
  /** How many commands were read with more than one value each: what they wrote is what each of them writes. */
  variations = 0;
  /** How many shells so far read their script from an input that a redirection behind the construct may replace. */
  unfedShells = 0;

  constructor(scope: Scope, origin: number) {
    this.reading = scope.reading;
    this.scope = scope;
    this.origin = origin;
  }

  /** The value to be tried this time. */
  choose<T>(values: readonly T[]): T | undefined {
    if (values.length <= 1) return values[0];
    if (values.length > this.choices) this.choices = values.length;
    return values[Math.min(this.choice, values.length - 1)];
  }

  /** The value of a variable or a special parameter; undefined where it is not set. */
  value(name: string): string | undefined {
    const code = name.charCodeAt(0);
    if (code >= 0x41) {
      const variable = this.scope.find(name);
      return variable === undefined ? undefined : this.choose(variable.values);
    }
    return this.#special(name);
  }

  /** How text is taken apart and put together now. */
  separators(): Separators {
    return this.reading.separators(this.value('IFS') ?? defaultSeparators);
  }

  /** `$@` as it is now; undefined in the body of a function that nobody called yet. */
  positionals(): Words | undefined {
    const { positionals } = this.scope;
    return positionals === undefined ? undefined : this.choose(positionals);
  }

  #special(name: string): string | undefined {
    if (name === '0') return this.scope.program.text(0);
    const index = integerOf(name);
    if (index === undefined && name !== '#') return name === '-' ? '' : unknownText;
    const words = this.positionals();
    if (words === undefined) return parameterText;
    if (index === undefined) return String(words.length);
    return index <= words.length ? words.text(index - 1) : undefined;
  }
}
