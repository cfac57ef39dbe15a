import type { JsonObject, ObjectReference } from '../policy/finding.ts';
import { isObject } from '../policy/json.ts';
import type { PatchOperation } from '../policy/json-patch.ts';
import { plainLine } from '../telemetry/plain-line.ts';

/** A file of a remediation that does not hold what it should, and where. */
export class RemediationFileError extends Error {
  override readonly name = 'RemediationFileError';
}

/** Reads one JSON object field by field; each problem names the field. */
export class FieldReader {
  readonly #value: JsonObject;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    if (!isObject(value)) throw new RemediationFileError(`${path}: an object is expected`);
    this.#value = value;
    this.#path = path;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#value, name);
  }

  raw(name: string): unknown {
    return this.has(name) ? this.#value[name] : undefined;
  }

  text(name: string): string {
    const value = this.raw(name);
    return typeof value === 'string' ? value : this.#fail(name, 'a text');
  }

  integer(name: string): number {
    const value = this.raw(name);
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : this.#fail(name, 'a whole number');
  }

  flag(name: string): boolean {
    const value = this.raw(name);
    return typeof value === 'boolean' ? value : this.#fail(name, 'true or false');
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    const found = allowed.find((each) => each === this.raw(name));
    return found ?? this.#fail(name, `one of ${allowed.join(', ')}`);
  }

  /** RFC 3339; milliseconds since the epoch are what it is checked by. */
  time(name: string): string {
    const value = this.text(name);
    return Number.isNaN(Date.parse(value)) ? this.#fail(name, 'a time, as 2026-01-31T12:00:00Z') : value;
  }

  object(name: string): FieldReader {
    return new FieldReader(this.raw(name), `${this.#path}.${name}`);
  }

  list<T>(name: string, read: (value: unknown, path: string) => T): T[] {
    const value = this.raw(name);
    if (!Array.isArray(value)) return this.#fail(name, 'a list');
    return value.map((each: unknown, index) => read(each, `${this.#path}.${name}[${index}]`));
  }

  texts(name: string): string[] {
    return this.list(name, (value, path) => {
      if (typeof value === 'string') return value;
      throw new RemediationFileError(`${path}: a text is expected`);
    });
  }

  reference(name: string): ObjectReference {
    const reader = this.object(name);
    return {
      apiVersion: reader.text('apiVersion'),
      kind: reader.text('kind'),
      namespace: reader.#segment('namespace', /^(?!\.{1,2}$)[^/%\p{Cc}]{0,253}$/u),
      name: reader.#segment('name', /^(?!\.{1,2}$)[^/%\p{Cc}]{1,253}$/u),
    };
  }

  /** It names a file of the case. */
  uid(name: string): string {
    return this.#segment(name, /^[\w-]{0,128}$/);
  }

  /**
   * A text that stands between two slashes, of an address or of a file's path. What the API server takes for a name is so.
   * Source: k8s.io/apimachinery pkg/api/validation/path (IsValidPathSegmentName).
   */
  #segment(name: string, pattern: RegExp): string {
    const value = this.text(name);
    return pattern.test(value) ? value : this.#fail(name, 'a name without / and %');
  }

  operations(name: string): PatchOperation[] {
    return this.list(name, (value, path) => {
      const reader = new FieldReader(value, path);
      const op = reader.oneOf('op', ['add', 'replace', 'remove']);
      const steps = stepsOf(reader.text('path'));
      return op === 'remove' ? { op, path: steps } : { op, path: steps, value: reader.raw('value') };
    });
  }

  /** The entries of a map whose values are texts, or null. */
  entries(name: string): Record<string, string | null> {
    const value = this.raw(name);
    if (!isObject(value)) return this.#fail(name, 'an object');
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [
        key,
        each === null || typeof each === 'string' ? each : this.#fail(`${name}.${plainLine(key, 100)}`, 'a text'),
      ]),
    );
  }

  fail(name: string, expected: string): never {
    return this.#fail(name, expected);
  }

  #fail(name: string, expected: string): never {
    throw new RemediationFileError(`${this.#path}.${name}: ${expected} is expected`);
  }
}

/** The steps of a JSON Pointer (RFC 6901). */
function stepsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
