import { AliasBudget } from './alias-budget.ts';
import { formatGoFloat32 } from './go-float.ts';
import type { AliasNode, MappingNode, Node } from './node.ts';
import { resolveAlias } from './node.ts';
import type { ScalarValue } from './scalar-value.ts';
import { scalarValue } from './scalar-value.ts';
import { ManifestSyntaxError } from './syntax-error.ts';

/**
 * The plain JSON value that the API server receives for a document.
 *
 * Source: `decoder` in go.yaml.in/yaml/v2 decode.go, then convertToJSONableObject in sigs.k8s.io/yaml: of two entries
 * with one key the later wins; `<<` is applied where it stands, so it overrides what is above it and yields to what is
 * below; keys that are no strings become strings.
 * @throws ManifestSyntaxError
 */
export function decodeNode(root: Node): unknown {
  return new Decoder().decode(root);
}

/** A mapping under construction: the reader tells keys of different types apart until it has read the whole mapping. */
interface JsonMapping {
  readonly object: Record<string, unknown>;
  /** Type of each key that is no string. */
  readonly typedKeys: Map<string, string>;
}

class Decoder {
  readonly #budget = new AliasBudget();
  readonly #openAliases = new Set<AliasNode>();

  decode(node: Node): unknown {
    this.#budget.spend(node);
    switch (node.kind) {
      case 'scalar':
        return jsonScalar(scalarValue(node), node);
      case 'sequence': {
        const items: unknown[] = [];
        for (const item of node.items) items.push(this.decode(item));
        return items;
      }
      case 'mapping':
        return this.#decodeMapping(node);
      case 'alias':
        return this.#throughAlias(node, () => this.decode(node.target));
    }
  }

  #throughAlias<Result>(alias: AliasNode, read: () => Result): Result {
    if (this.#openAliases.has(alias)) {
      throw new ManifestSyntaxError(`the anchor &${alias.name} contains itself`, alias.start);
    }
    this.#openAliases.add(alias);
    this.#budget.enterAlias();
    const result = read();
    this.#budget.leaveAlias();
    this.#openAliases.delete(alias);
    return result;
  }

  #decodeMapping(node: MappingNode): Record<string, unknown> {
    const mapping: JsonMapping = { object: {}, typedKeys: new Map() };
    this.#addEntries(node, mapping);
    return mapping.object;
  }

  #addEntries(node: MappingNode, into: JsonMapping): void {
    for (const { key, value } of node.entries) {
      if (isMergeKey(key)) {
        for (const source of mergeSources(value)) this.#merge(source, into);
        continue;
      }
      const { name, type } = this.#decodeKey(key);
      addEntry(into, name, type, this.decode(value), key);
    }
  }

  #merge(source: Node, into: JsonMapping): void {
    this.#budget.spend(source);
    if (source.kind === 'mapping') this.#addEntries(source, into);
    else if (source.kind === 'alias') this.#throughAlias(source, () => this.#merge(source.target, into));
  }

  #decodeKey(key: Node): { name: string; type: string } {
    this.#budget.spend(key);
    const content = resolveAlias(key);
    if (key.kind === 'alias') this.#throughAlias(key, () => this.#budget.spend(content));
    if (content.kind !== 'scalar') throw new ManifestSyntaxError('a key is a list or a mapping', key.start);
    const value = scalarValue(content);
    const name = keyName(value);
    if (name === undefined) throw new ManifestSyntaxError('a key is null or too large an integer', key.start);
    return { name, type: value.type };
  }
}

/** Whether `<<` stands as a key here, not as a quoted text. */
export function isMergeKey(key: Node): boolean {
  return key.kind === 'scalar' && key.value === '<<' && (key.isImplicit || key.tag === 'tag:yaml.org,2002:merge');
}

/**
 * The mappings that a `<<` brings in, in the order they are applied: of a list the last first, so that earlier ones win.
 * @throws ManifestSyntaxError where the value is no mapping and no list of mappings
 */
export function mergeSources(value: Node): readonly Node[] {
  const sources = value.kind === 'sequence' ? value.items.toReversed() : [value];
  for (const source of sources) {
    if (resolveAlias(source).kind !== 'mapping') {
      throw new ManifestSyntaxError("'<<' takes a mapping or a list of mappings", source.start);
    }
  }
  return sources;
}

/** The JSON name of a key; undefined for null and for integers that Go keeps unsigned, which the reader refuses. */
export function keyName(key: ScalarValue): string | undefined {
  switch (key.type) {
    case 'null':
      return undefined;
    case 'integer':
      return key.value < 2n ** 63n ? key.value.toString() : undefined;
    case 'float':
      return formatGoFloat32(key.value);
    case 'string':
    case 'boolean':
      return String(key.value);
  }
}

function addEntry(into: JsonMapping, name: string, type: string, value: unknown, key: Node): void {
  const { object, typedKeys } = into;
  if (
    (type !== 'string' || typedKeys.size > 0) &&
    Object.hasOwn(object, name) &&
    (typedKeys.get(name) ?? 'string') !== type
  ) {
    throw new ManifestSyntaxError(
      `the key ${name} is written as ${type} and as ${typedKeys.get(name) ?? 'string'}; the API server's reader takes either, at random`,
      key.start,
    );
  }
  if (type !== 'string') typedKeys.set(name, type);
  if (name === '__proto__')
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  else object[name] = value;
}

function jsonScalar(scalar: ScalarValue, node: Node): unknown {
  if (scalar.type === 'integer') return Number(scalar.value);
  if (scalar.type === 'float' && !Number.isFinite(scalar.value)) {
    throw new ManifestSyntaxError('JSON has no infinity and no NaN; quote the text', node.start);
  }
  // A float without a fraction reaches the API server as an integer, which has no negative zero.
  if (scalar.value === 0 && node.kind === 'scalar' && node.style !== 'json') return 0;
  return scalar.value;
}
