/*
 * Image references, read as the runtimes read them: the grammar and the folding of github.com/distribution/reference
 * (regexp.go, normalize.go), which the kubelet and containerd import and CRI-O's containers/image forks.
 * An attacker writes these strings: one pass, no backtracking, a length check first.
 *
 * Laxer than the source in three ways, each on the safe side (the name is judged although no runtime pulls it):
 * a path may be longer than 255, a digest may have an algorithm that is not known here, and a host in another case
 * (`Docker.io`) is folded like the same host in lower case, as DNS does.
 */

/** A reference by name, canonical: `nicolaka/netshoot:v1` has the name `docker.io/nicolaka/netshoot`. */
export interface ImageReference {
  /** `host/path`; official images of Docker Hub stand in full, as `docker.io/library/busybox`. */
  readonly name: string;
  /** Registry host and port, in lower case; the three names of Docker Hub are `docker.io`. */
  readonly host: string;
  /** Repository path without the host, one part or more. */
  readonly path: string;
  readonly tag?: string;
  /** Algorithm and hex, as `sha256:...`. */
  readonly digest?: string;
}

/**
 * Why there is no name to judge. `id`: the image is named by what it is, not where it comes from. `too-long`: past
 * what any runtime pulls. `unreadable`: outside the grammar; the kubelet refuses it as InvalidImageName.
 */
export interface OpaqueImage {
  readonly opaque: 'id' | 'too-long' | 'unreadable';
}

/**
 * The longest image string that is read, in UTF-16 units. The grammar allows 253 (host) + 6 (port) + 255 (path) +
 * 129 (tag) + 136 (digest) and separators: 781.
 */
export const maxImageLength = 1024;

const opaqueId: OpaqueImage = Object.freeze({ opaque: 'id' });
const tooLong: OpaqueImage = Object.freeze({ opaque: 'too-long' });
const unreadable: OpaqueImage = Object.freeze({ opaque: 'unreadable' });

const dockerHub = 'docker.io';

/** Whether a host in lower case is Docker Hub's: its canonical name, its legacy name, and where its registry answers. */
export function isDockerHub(host: string): boolean {
  return host === dockerHub || host === 'index.docker.io' || host === 'registry-1.docker.io';
}

/**
 * Reads an image as the kubelet and the runtimes do.
 * Source: github.com/distribution/reference normalize.go (ParseNormalizedNamed, splitDockerDomain).
 */
export function parseImageReference(image: string): ImageReference | OpaqueImage {
  if (image.length > maxImageLength) return tooLong;
  if (isImageId(image)) return opaqueId;
  const slash = image.indexOf('/');
  const before = slash === -1 ? noHost : kindOfHost(image, slash);
  const start = before === noHost ? 0 : slash + 1;
  const end = pathEnd(image, start);
  if (end === -1 || before === badHost) return unreadable;
  const rest = end === image.length ? nothing : parseRest(image, end);
  if (rest === undefined) return unreadable;

  let path = image.slice(start, end);
  let host = dockerHub;
  let name: string | undefined;
  if (before !== noHost) {
    host = image.slice(0, slash);
    if (before === upperCaseHost) host = host.toLowerCase();
    else name = image.slice(0, end);
  }
  if (isDockerHub(host)) {
    name = undefined;
    host = dockerHub;
    if (!path.includes('/')) path = `library/${path}`;
  }
  name ??= `${host}/${path}`;
  const { tag, digest } = rest;
  if (tag === undefined) return digest === undefined ? { name, host, path } : { name, host, path, digest };
  return digest === undefined ? { name, host, path, tag } : { name, host, path, tag, digest };
}

/** The digest algorithms that go-digest knows, and how many hex digits each has. */
const algorithms = [
  { prefix: 'sha256:', digits: 64 },
  { prefix: 'sha384:', digits: 96 },
  { prefix: 'sha512:', digits: 128 },
] as const;

/**
 * Forms that a runtime looks up among its images by content: 64 hex digits (kubelet: InvalidImageName; the runtimes
 * take it), and `sha256:` with any beginning of the digest. The kubelet reads the latter as repository `sha256` with a
 * tag and lets it pass; containerd then finds the image by the short digest (internal/cri/store/image, digestset.Lookup).
 * A short id without the algorithm is none: the kubelet appends `:latest`.
 */
function isImageId(image: string): boolean {
  if (image.length === 64) return isHex(image, 0);
  if (image.charCodeAt(6) !== colon || image.length === 7) return false;
  return algorithms.some(({ prefix }) => image.startsWith(prefix)) && isHex(image, 7);
}

/**
 * What the part before the first slash is: a host if it has a dot, a colon or upper case, or is `localhost`; and then
 * dotted labels or an IPv6 address in brackets, with at most one port.
 * Source: normalize.go (splitDockerDomain), regexp.go (domainAndPort).
 */
function kindOfHost(image: string, slash: number): number {
  let named = slash === 9 && image.startsWith('localhost');
  let upperCase = false;
  let bad = image.charCodeAt(0) === openBracket;
  let before = dot;
  let at = 0;
  for (; at < slash; at++) {
    const code = image.charCodeAt(at);
    if (code === colon) break;
    const kind = kinds[code] ?? other;
    if (kind === lower) {
      before = lower;
    } else if (kind === upper) {
      upperCase = true;
      before = lower;
    } else {
      if (code === dot) named = true;
      bad ||= code === dot ? before !== lower : code !== dash || before === dot;
      before = code;
    }
  }
  if (at === slash && !named && !upperCase) return noHost;
  if (bad || before !== lower || (at < slash && !isPort(image, at + 1, slash))) {
    const host = image.slice(0, slash);
    if (isAddress(host)) return upperCaseHost;
    return isUnderscoreHost(host) ? plainHost : badHost;
  }
  return upperCase ? upperCaseHost : plainHost;
}

/** Source: regexp.go (ipv6address): hex digits and colons in brackets, then at most one port. */
function isAddress(host: string): boolean {
  const end = host.indexOf(']');
  if (host.charCodeAt(0) !== openBracket || end < 2) return false;
  for (let at = 1; at < end; at++) {
    const code = host.charCodeAt(at);
    if (code !== colon && !isHexDigit(code)) return false;
  }
  return end + 1 === host.length || (host.charCodeAt(end + 1) === colon && isPort(host, end + 2, host.length));
}

/**
 * A first part with an underscore is no domain by the grammar, but it parses as a path component (`my_registry.corp/a`),
 * and containerd's resolver then takes it as the host.
 */
function isUnderscoreHost(host: string): boolean {
  return host.includes('_') && pathEnd(host, 0) === host.length;
}

function isPort(host: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (!isDigit(host.charCodeAt(at))) return false;
  return from < to;
}

/**
 * Where the repository path that starts at `start` ends: at a `:`, an `@` or the end of the string; -1 where it is no
 * path. Source: regexp.go (remoteName): lower-case alphanumerics parted by one `.`, one or two `_`, or dashes.
 */
function pathEnd(image: string, start: number): number {
  let before = slashCode;
  let at = start;
  for (; at < image.length; at++) {
    const code = image.charCodeAt(at);
    const kind = kinds[code] ?? other;
    if (kind === lower) {
      before = lower;
    } else if (kind === end) {
      break;
    } else if (before === lower) {
      if (kind !== separator) return -1;
      before = code;
    } else if (code === underscore && before === underscore) {
      before = doubleUnderscore;
    } else if (code !== dash || before !== dash) {
      return -1;
    }
  }
  return before === lower ? at : -1;
}

interface Rest {
  readonly tag?: string;
  readonly digest?: string;
}
const nothing: Rest = {};

/** Tag and digest behind the name; undefined where they are outside the grammar. */
function parseRest(image: string, from: number): Rest | undefined {
  let at = from;
  let tag: string | undefined;
  if (image.charCodeAt(at) === colon) {
    for (at++; at < image.length && isTagCharacter(image.charCodeAt(at), at === from + 1); at++);
    tag = image.slice(from + 1, at);
    if (tag === '' || tag.length > 128) return undefined;
    if (at === image.length) return { tag };
  }
  if (image.charCodeAt(at) !== atSign) return undefined;
  if (!isDigest(image, at + 1)) return undefined;
  const digest = image.slice(at + 1);
  return tag === undefined ? { digest } : { tag, digest };
}

function isTagCharacter(code: number, first: boolean): boolean {
  const kind = kinds[code] ?? other;
  return kind === lower || kind === upper || code === underscore || (!first && (code === dot || code === dash));
}

/** Source: regexp.go (digestPat); go-digest asks for the exact length and lower case of the algorithms that it knows. */
function isDigest(image: string, from: number): boolean {
  for (const { prefix, digits } of algorithms) {
    if (!image.startsWith(prefix, from)) continue;
    const start = from + prefix.length;
    return image.length === start + digits && isHex(image, start, isLowerHexDigit);
  }
  return /^[a-z][a-z0-9]*(?:[-_+.][a-z][a-z0-9]*)*:[0-9a-fA-F]{32,}$/.test(image.slice(from));
}

const dash = 45;
const dot = 46;
const slashCode = 47;
const colon = 58;
const atSign = 64;
const openBracket = 91;
const underscore = 95;
/** Not a character: two underscores, which a third may not follow. */
const doubleUnderscore = 256;

/** What the part before the first slash is. */
const noHost = 0;
const plainHost = 1;
const upperCaseHost = 2;
const badHost = 3;

/** Kinds of characters; `lower` are digits too, `separator` may follow them in a path, `end` ends the path. */
const other = 0;
const lower = 1;
const upper = 2;
const separator = 3;
const end = 4;
const kinds = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[a-z0-9]/.test(character)) return lower;
  if (/[A-Z]/.test(character)) return upper;
  if (/[._/-]/.test(character)) return separator;
  return /[:@]/.test(character) ? end : other;
});

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLowerHexDigit(code: number): boolean {
  return isDigit(code) || (code >= 97 && code <= 102);
}

function isHexDigit(code: number): boolean {
  return isLowerHexDigit(code) || (code >= 65 && code <= 70);
}

function isHex(text: string, from: number, isMember = isHexDigit): boolean {
  for (let at = from; at < text.length; at++) if (!isMember(text.charCodeAt(at))) return false;
  return true;
}
