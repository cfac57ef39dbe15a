import { ManifestSyntaxError } from '../syntax-error.ts';
import type { Token } from './token.ts';

/** What a document's directives say: the version, and what each tag handle stands for. Source: yaml_parser_process_directives. */
export class TagHandles {
  readonly #prefixes = new Map<string, string>();
  #hasVersion = false;

  apply(directive: Token): void {
    if (directive.kind === 'version-directive') {
      if (this.#hasVersion) throw new ManifestSyntaxError('a second %YAML directive', directive.start);
      if (directive.value !== '1.1') {
        throw new ManifestSyntaxError(
          `%YAML ${directive.value}: the API server's reader takes version 1.1 only; remove the directive`,
          directive.start,
        );
      }
      this.#hasVersion = true;
    } else {
      if (this.#prefixes.has(directive.value)) {
        throw new ManifestSyntaxError(`a second %TAG directive for ${directive.value}`, directive.start);
      }
      this.#prefixes.set(directive.value, directive.suffix);
    }
  }

  /** The whole tag of a tag token. */
  resolve(tag: Token): string {
    if (tag.value === '') return tag.suffix;
    const prefix = this.#prefixes.get(tag.value) ?? builtIn.get(tag.value);
    if (prefix === undefined) {
      throw new ManifestSyntaxError(`no %TAG directive says what ${tag.value} stands for`, tag.start);
    }
    return prefix + tag.suffix;
  }
}

const builtIn: ReadonlyMap<string, string> = new Map([
  ['!', '!'],
  ['!!', 'tag:yaml.org,2002:'],
]);
