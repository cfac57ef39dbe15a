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
  const named = slash > 0 && namesHost(image, slash);
  const start = named ? slash + 1 : 0;
  const end = pathEnd(image, start);
  if (end === -1) return unreadable;

  let host = dockerHub;
  if (named) {
    host = image.slice(0, slash);
    if (!isHost(host) && !isUnderscoreHost(host)) return unreadable;
    if (hasUpperCase(image, slash)) host = host.toLowerCase();
  }
  const rest = parseRest(image, end);
  if (rest === undefined) return unreadable;

  let path = image.slice(start, end);
  if (isDockerHub(host)) {
    host = dockerHub;
    if (!path.includes('/')) path = `library/${path}`;
  }
  const name = `${host}/${path}`;
  const { tag, digest } = rest;
  if (tag === undefined) return digest === undefined ? { name, host, path } : { name, host, path, digest };
  return digest === undefined ? { name, host, path, tag } : { name, host, path, tag, digest };
}

const digestLengths: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
]);

/**
 * Forms that a runtime looks up among its images by content: 64 hex digits (kubelet: InvalidImageName; the runtimes
 * take it), and `sha256:` with any beginning of the digest. The kubelet reads the latter as repository `sha256` with a
 * tag and lets it pass; containerd then finds the image by the short digest (internal/cri/store/image, digestset.Lookup).
 * A short id without the algorithm is none: the kubelet appends `:latest`.
 */
function isImageId(image: string): boolean {
  if (image.length === 64) return isHex(image, 0);
  if (image.charCodeAt(6) !== colon || image.length === 7) return false;
  return digestLengths.has(image.slice(0, 6)) && isHex(image, 7);
}

/** Whether the part before the first slash is a registry host. Source: normalize.go (splitDockerDomain). */
function namesHost(image: string, slash: number): boolean {
  for (let at = 0; at < slash; at++) {
    const code = image.charCodeAt(at);
    if (code === dot || code === colon || isUpperCase(code)) return true;
  }
  return slash === 9 && image.startsWith('localhost');
}

/** Source: regexp.go (domainAndPort): dotted labels, or an IPv6 address in brackets, then at most one port. */
function isHost(host: string): boolean {
  let at = 0;
  if (host.charCodeAt(0) === openBracket) {
    at = host.indexOf(']');
    if (at < 2) return false;
    for (let inside = 1; inside < at; inside++) {
      const code = host.charCodeAt(inside);
      if (code !== colon && !isHexDigit(code)) return false;
    }
    return ++at === host.length || (host.charCodeAt(at) === colon && isPort(host, at + 1));
  }
  for (let before = dot; at < host.length; at++) {
    const code = host.charCodeAt(at);
    if (code === colon) return isAlphanumeric(before) && isPort(host, at + 1);
    if (code === dot ? !isAlphanumeric(before) : code === dash ? before === dot : !isAlphanumeric(code)) return false;
    before = code;
  }
  return isAlphanumeric(host.charCodeAt(host.length - 1));
}

/**
 * A first part with an underscore is no domain by the grammar, but it parses as a path component (`my_registry.corp/a`),
 * and containerd's resolver then takes it as the host.
 */
function isUnderscoreHost(host: string): boolean {
  return host.includes('_') && pathEnd(host, 0) === host.length;
}

function isPort(host: string, from: number): boolean {
  for (let at = from; at < host.length; at++) if (!isDigit(host.charCodeAt(at))) return false;
  return from < host.length;
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
    if (isLowerCase(code) || isDigit(code)) {
      before = code;
      continue;
    }
    if (code === colon || code === atSign) break;
    if (isAlphanumeric(before)) {
      if (code !== dot && code !== underscore && code !== dash && code !== slashCode) return -1;
      before = code;
    } else if (code === dash && before === dash) {
      continue;
    } else if (code === underscore && before === underscore) {
      before = doubleUnderscore;
    } else {
      return -1;
    }
  }
  return isAlphanumeric(before) ? at : -1;
}

/** Tag and digest behind the name; undefined where they are outside the grammar. */
function parseRest(image: string, from: number): { tag?: string; digest?: string } | undefined {
  if (from === image.length) return {};
  let at = from;
  let tag: string | undefined;
  if (image.charCodeAt(at) === colon) {
    for (at++; at < image.length && isTagCharacter(image.charCodeAt(at), at === from + 1); at++);
    tag = image.slice(from + 1, at);
    if (tag === '' || tag.length > 128) return undefined;
    if (at === image.length) return { tag };
  }
  if (image.charCodeAt(at) !== atSign) return undefined;
  const digest = image.slice(at + 1);
  if (!isDigest(digest)) return undefined;
  return tag === undefined ? { digest } : { tag, digest };
}

function isTagCharacter(code: number, first: boolean): boolean {
  return isAlphanumeric(code) || code === underscore || (!first && (code === dot || code === dash));
}

/** Source: regexp.go (digestPat); go-digest asks for the exact length and lower case of the algorithms that it knows. */
function isDigest(digest: string): boolean {
  const end = digest.indexOf(':');
  const length = digestLengths.get(digest.slice(0, end));
  if (length !== undefined) return digest.length === end + 1 + length && /^[0-9a-f]+$/.test(digest.slice(end + 1));
  return /^[a-z][a-z0-9]*(?:[-_+.][a-z][a-z0-9]*)*:[0-9a-fA-F]{32,}$/.test(digest);
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

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isLowerCase = (code: number): boolean => code >= 97 && code <= 122;
const isUpperCase = (code: number): boolean => code >= 65 && code <= 90;
const isAlphanumeric = (code: number): boolean => isLowerCase(code) || isDigit(code) || isUpperCase(code);
const isHexDigit = (code: number): boolean =>
  isDigit(code) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);

function isHex(text: string, from: number): boolean {
  for (let at = from; at < text.length; at++) if (!isHexDigit(text.charCodeAt(at))) return false;
  return true;
}

function hasUpperCase(text: string, end: number): boolean {
  for (let at = 0; at < end; at++) if (isUpperCase(text.charCodeAt(at))) return true;
  return false;
}
