import { isUtf8 } from 'node:buffer';
import type { ScalarNode } from './node.ts';
import { ManifestSyntaxError } from './syntax-error.ts';
import { isYamlTimestamp } from './timestamp.ts';

/** What a scalar stands for. Go's integers and floats differ as keys of a mapping: `1` and `1.0` are two keys. */
export type ScalarValue =
  | { readonly type: 'null'; readonly value: null }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number };

const tagPrefix = 'tag:yaml.org,2002:';
const words: ReadonlyMap<string, ScalarValue> = new Map<string, ScalarValue>([
  ...wordsOf({ type: 'boolean', value: true }, 'y Y yes Yes YES true True TRUE on On ON'),
  ...wordsOf({ type: 'boolean', value: false }, 'n N no No NO false False FALSE off Off OFF'),
  ...wordsOf({ type: 'null', value: null }, '~ null Null NULL'),
  ...wordsOf({ type: 'float', value: NaN }, '.nan .NaN .NAN'),
  ...wordsOf({ type: 'float', value: Infinity }, '.inf .Inf .INF +.inf +.Inf +.INF'),
  ...wordsOf({ type: 'float', value: -Infinity }, '-.inf -.Inf -.INF'),
  ['', { type: 'null', value: null }],
]);

function wordsOf(value: ScalarValue, spellings: string): [string, ScalarValue][] {
  return spellings.split(' ').map((spelling) => [spelling, value]);
}

/**
 * The value of a scalar. Source: go.yaml.in/yaml/v2 resolve.go and `scalar` in decode.go.
 * @throws ManifestSyntaxError where the tag does not fit the text
 */
export function scalarValue(node: ScalarNode): ScalarValue {
  const { tag, value } = node;
  if (node.style === 'json') return jsonValue(node);
  if (tag === '' && !node.isImplicit) return { type: 'string', value };
  if (!tag.startsWith(tagPrefix)) return tag === '' ? impliedValue(value) : { type: 'string', value };
  switch (tag.slice(tagPrefix.length)) {
    case 'str':
      return { type: 'string', value };
    case 'binary':
      return { type: 'string', value: decodeBase64(node) };
    case 'null':
      return tagged(node, impliedValue(value), 'null');
    case 'bool':
      return tagged(node, impliedValue(value), 'boolean');
    case 'int':
      return tagged(node, impliedValue(value), 'integer');
    case 'float':
      return taggedFloat(node);
    case 'timestamp':
      if (!isYamlTimestamp(value)) throw unfit(node);
      return { type: 'string', value };
    default:
      return { type: 'string', value };
  }
}

function tagged(node: ScalarNode, value: ScalarValue, type: ScalarValue['type']): ScalarValue {
  if (value.type !== type) throw unfit(node);
  return value;
}

function taggedFloat(node: ScalarNode): ScalarValue {
  const value = impliedValue(node.value);
  // An integer above 2^63 is unsigned in Go, and the reader turns signed ones alone into floats.
  if (value.type === 'integer' && value.value < 2n ** 63n) return { type: 'float', value: Number(value.value) };
  return tagged(node, value, 'float');
}

function unfit(node: ScalarNode): ManifestSyntaxError {
  const tag = node.tag.slice(tagPrefix.length);
  return new ManifestSyntaxError(`the tag !!${tag} does not fit this text`, node.outerStart);
}

/** The value of a plain text by its looks: a word of YAML 1.1, a number as Go's strconv reads it, else itself. */
function impliedValue(text: string): ScalarValue {
  const first = text.charCodeAt(0);
  const isNumberLike = (first >= 0x2b && first <= 0x39 && first !== 0x2c && first !== 0x2f) || text === '';
  if (!isNumberLike) return (maybeWord.test(text) ? words.get(text) : undefined) ?? { type: 'string', value: text };
  return words.get(text) ?? numberValue(text) ?? { type: 'string', value: text };
}

const maybeWord = /^[yntfo~]/i;
const decimalFloat = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
// Go's ParseFloat takes an underscore between two digits; it is asked for floats that begin with a point alone.
const fractionOnly = /^\.[0-9](?:_?[0-9])*(?:[eE][-+]?[0-9](?:_?[0-9])*)?$/;
const goInteger = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+)|([1-9][0-9]*|0))$/;
// resolve.go tries what follows 0b once more by itself, sign and all.
const signedBinary = /^0b([-+])([01]+)$/;

function numberValue(text: string): ScalarValue | undefined {
  if (text.startsWith('.')) return fractionOnly.test(text) ? floatValue(text.replaceAll('_', '')) : undefined;
  const digits = text.replaceAll('_', '');
  return integerValue(digits) ?? floatValue(digits);
}

/** An integer as Go's ParseInt and ParseUint read it with base 0, if 64 bits hold it. */
function integerValue(text: string): ScalarValue | undefined {
  const signed = signedBinary.exec(text);
  if (signed !== null) return integerOf(signed[1] ?? '+', '0b', signed[2] ?? '');
  const match = goInteger.exec(text);
  if (match === null) return undefined;
  const [, sign = '', hexadecimal, octal, binary, decimal = '0'] = match;
  if (hexadecimal !== undefined) return integerOf(sign, '0x', hexadecimal);
  if (octal !== undefined) return integerOf(sign, '0o', octal);
  return binary === undefined ? integerOf(sign, '', decimal) : integerOf(sign, '0b', binary);
}

function integerOf(sign: string, prefix: string, digits: string): ScalarValue | undefined {
  const significant = digits.replace(/^0+(?=.)/, '');
  if (significant.length > 64) return undefined;
  const magnitude = BigInt(prefix + significant);
  if (sign === '-') return magnitude <= 2n ** 63n ? { type: 'integer', value: -magnitude } : undefined;
  return magnitude < (sign === '+' ? 2n ** 63n : 2n ** 64n) ? { type: 'integer', value: magnitude } : undefined;
}

function floatValue(text: string): ScalarValue | undefined {
  if (!decimalFloat.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? { type: 'float', value } : undefined;
}

/** A JSON number or literal; the API server's reader keeps an integer where 64 bits hold it, else the float, which must be finite. */
function jsonValue(node: ScalarNode): ScalarValue {
  if (node.value === 'null') return { type: 'null', value: null };
  if (node.value === 'true' || node.value === 'false') return { type: 'boolean', value: node.value === 'true' };
  const value = Number(node.value);
  if (!Number.isFinite(value)) throw new ManifestSyntaxError('the number is too large', node.start);
  return { type: 'float', value: node.value === '-0' ? 0 : value };
}

/** The text of a `!!binary` value; the reader would put U+FFFD for bytes that are no UTF-8, here they are an error. */
function decodeBase64(node: ScalarNode): string {
  const text = node.value.replace(/[\r\n]/g, '');
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new ManifestSyntaxError('the tag !!binary needs base64', node.outerStart);
  }
  const bytes = Buffer.from(text, 'base64');
  if (!isUtf8(bytes)) throw new ManifestSyntaxError('the !!binary value is not UTF-8 text', node.outerStart);
  return bytes.toString('utf8');
}
