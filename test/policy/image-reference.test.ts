import fc from 'fast-check';
import { maxImageLength, parseImageReference } from '../../src/policy/image-reference.ts';

const sha = 'a3'.repeat(32);
const digest = `sha256:${sha}`;

/** What was read, in one line: `host path`, then tag and digest where there are any; or why nothing was. */
function read(image: string): string {
  const reference = parseImageReference(image);
  if ('opaque' in reference) return reference.opaque;
  expect(reference.name).toBe(`${reference.host}/${reference.path}`);
  const tag = reference.tag === undefined ? '' : ` :${reference.tag}`;
  return `${reference.host} ${reference.path}${tag}${reference.digest === undefined ? '' : ` @${reference.digest}`}`;
}

describe('references by name', () => {
  it.each([
    // Docker Hub and its short forms
    ['busybox', 'docker.io library/busybox'],
    ['busybox:1.36', 'docker.io library/busybox :1.36'],
    [`busybox@${digest}`, `docker.io library/busybox @${digest}`],
    [`busybox:1.36@${digest}`, `docker.io library/busybox :1.36 @${digest}`],
    ['library/busybox', 'docker.io library/busybox'],
    ['nicolaka/netshoot', 'docker.io nicolaka/netshoot'],
    ['nicolaka/netshoot:v0.13', 'docker.io nicolaka/netshoot :v0.13'],
    ['docker.io/busybox', 'docker.io library/busybox'],
    ['docker.io/library/busybox', 'docker.io library/busybox'],
    ['docker.io/nicolaka/netshoot', 'docker.io nicolaka/netshoot'],
    ['index.docker.io/busybox', 'docker.io library/busybox'],
    ['index.docker.io/nicolaka/netshoot', 'docker.io nicolaka/netshoot'],
    ['registry-1.docker.io/busybox:1', 'docker.io library/busybox :1'],
    ['registry-1.docker.io/nicolaka/netshoot', 'docker.io nicolaka/netshoot'],
    ['Docker.IO/nicolaka/netshoot', 'docker.io nicolaka/netshoot'],
    ['docker.io/a/b/c', 'docker.io a/b/c'],
    ['a/b/c', 'docker.io a/b/c'],
    ['docker.io:443/busybox', 'docker.io:443 busybox'],
    ['hub.docker.io/busybox', 'hub.docker.io busybox'],
    ['docker.io', 'docker.io library/docker.io'],
    ['example.com', 'docker.io library/example.com'],
    ['localhost', 'docker.io library/localhost'],
    // Hosts
    ['ghcr.io/jonlabelle/network-tools:latest', 'ghcr.io jonlabelle/network-tools :latest'],
    ['registry.k8s.io/pause:3.9', 'registry.k8s.io pause :3.9'],
    ['mirror.corp:5000/docker/nicolaka/netshoot', 'mirror.corp:5000 docker/nicolaka/netshoot'],
    ['mirror:5000/netshoot', 'mirror:5000 netshoot'],
    ['a:1/b', 'a:1 b'],
    ['localhost/netshoot', 'localhost netshoot'],
    ['localhost:5000/netshoot:v1', 'localhost:5000 netshoot :v1'],
    ['localhost:5000', 'docker.io library/localhost :5000'],
    ['localhosts/netshoot', 'docker.io localhosts/netshoot'],
    ['10.0.0.1/a', '10.0.0.1 a'],
    ['10.0.0.1:5000/a/b', '10.0.0.1:5000 a/b'],
    ['[::1]:5000/x', '[::1]:5000 x'],
    ['[::1]/x/y:1', '[::1] x/y :1'],
    ['[2001:DB8::1]:5000/x', '[2001:db8::1]:5000 x'],
    ['Nicolaka/netshoot', 'nicolaka netshoot'],
    ['REGISTRY.Corp:5000/a', 'registry.corp:5000 a'],
    ['LOCALHOST/a', 'localhost a'],
    ['xn--bcher-kva.example/a', 'xn--bcher-kva.example a'],
    ['a--b.example/a', 'a--b.example a'],
    ['a.b/c', 'a.b c'],
    ['a.b', 'docker.io library/a.b'],
    ['1.2/3', '1.2 3'],
    // A path component to the grammar, and yet what containerd dials
    ['my_registry.corp/nicolaka/netshoot', 'my_registry.corp nicolaka/netshoot'],
    ['my__registry.corp/a:1', 'my__registry.corp a :1'],
    ['my_registry/a', 'docker.io my_registry/a'],
    // Separators
    ['a-b/c--d/e---f', 'docker.io a-b/c--d/e---f'],
    ['a_b/c__d', 'docker.io a_b/c__d'],
    ['x/a.b.c', 'docker.io x/a.b.c'],
    ['x/1-2_3__4.5', 'docker.io x/1-2_3__4.5'],
    // Tags and digests
    ['a:_', 'docker.io library/a :_'],
    ['a:A.b-C_9', 'docker.io library/a :A.b-C_9'],
    [`a:${'t'.repeat(128)}`, `docker.io library/a :${'t'.repeat(128)}`],
    [`a@sha512:${'0'.repeat(128)}`, `docker.io library/a @sha512:${'0'.repeat(128)}`],
    [`a@sha384:${'0'.repeat(96)}`, `docker.io library/a @sha384:${'0'.repeat(96)}`],
    // go-digest does not know this one; a runtime may
    [`a@blake3:${'0'.repeat(64)}`, `docker.io library/a @blake3:${'0'.repeat(64)}`],
    // Names that look like ids
    [`docker.io/library/sha256:${sha}`, `docker.io library/sha256 :${sha}`],
    [`sha256@${digest}`, `docker.io library/sha256 @${digest}`],
    [`library/${sha}`, `docker.io library/${sha}`],
    [`${sha}:latest`, `docker.io library/${sha} :latest`],
    ['deadbeef', 'docker.io library/deadbeef'],
    ['sha256', 'docker.io library/sha256'],
    ['sha256:latest', 'docker.io library/sha256 :latest'],
    ['sha1:abc', 'docker.io library/sha1 :abc'],
    // The source stops at 255; what no runtime pulls is judged all the same
    [`a/${'b'.repeat(300)}`, `docker.io a/${'b'.repeat(300)}`],
  ])('%s', (image, expected) => {
    expect(read(image)).toBe(expected);
  });
});

describe('images that have no name to judge', () => {
  it.each([
    [sha, 'id'],
    [sha.toUpperCase(), 'id'],
    [digest, 'id'],
    [`sha512:${'0'.repeat(128)}`, 'id'],
    ['sha256:a3a3a3a3a3a3', 'id'],
    ['sha256:a', 'id'],
    ['sha384:0', 'id'],
    ['x'.repeat(maxImageLength + 1), 'too-long'],
    ['a/'.repeat(1 << 19), 'too-long'],
  ])('%.80s', (image, expected) => {
    expect(read(image)).toBe(expected);
  });
});

describe('what the grammar does not have', () => {
  it.each([
    '',
    ' ',
    '/',
    ':',
    '@',
    ':tag',
    `@${digest}`,
    'sha256:',
    '/busybox',
    'busybox/',
    'a//b',
    'a.b//c',
    'docker.io/',
    'docker.io//busybox',
    'a/b/',
    'a/:1',
    'a:',
    'a@',
    'a:1:2',
    'a:x/b',
    'a:-x',
    'a:.x',
    'a:b c',
    'a:ü',
    `a:${'t'.repeat(129)}`,
    'a@sha256',
    'a@sha256:',
    `a@sha256:${sha.slice(1)}`,
    `a@sha256:${sha.toUpperCase()}`,
    `a@SHA256:${sha}`,
    `a@${digest}:1`,
    `a@${digest}@${digest}`,
    `a@:${sha}`,
    `a@blake3:${'0'.repeat(31)}`,
    'Busybox',
    'nicolaka/Netshoot',
    'docker.io/Nicolaka/netshoot',
    '-a',
    'a-',
    'a-/b',
    '.a',
    'a.',
    'a..b',
    'a/..',
    'a/../b',
    './a',
    '_a',
    'a_',
    'a___b',
    'a-_b',
    'a._b',
    'a.-b',
    'docker.io./busybox',
    '.docker.io/busybox',
    'docker..io/busybox',
    '-a.io/b',
    'a-.io/b',
    'a.io-/b',
    'A_b.io/c',
    'a_b:5000/c',
    'host:/a',
    'host:port/a',
    'host:50:50/a',
    ':5000/a',
    '[::1]',
    '[::1/x',
    '[]/x',
    '[::1]:/x',
    '[::1]x/y',
    '[fe80::1%25eth0]:5000/x',
    'https://docker.io/busybox',
    'docker://busybox',
    'user@host/a',
    ' busybox',
    'busybox ',
    'busybox\n',
    'busy\tbox',
    'busy\u0000box',
    'busy\u200bbox',
    'nicolaka/netsh\u03bfot',
    'n\u0456colaka/netshoot',
    'nicolaka/netshoot\uff1av1',
    '\u212aali/x.y',
    'b\u00fccher.example/a',
    'nicolaka\u2044netshoot',
    '\ud800',
    'nicolaka\\netshoot',
    '$(IMAGE)',
    'a+b',
    'a~b',
  ])('%j', (image) => {
    expect(read(image)).toBe('unreadable');
  });
});

/*
 * The grammar of github.com/distribution/reference v0.6.0, regexp.go, and splitDockerDomain of normalize.go, written
 * down as they stand there; ours is one pass by hand.
 */
const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const domain = `(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const path = `${component}(?:/${component})*`;
const knownDigest = '(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})';
const otherDigest = '(?!sha256:|sha384:|sha512:)[a-z][a-z0-9]*(?:[-_+.][a-z][a-z0-9]*)*:[0-9a-fA-F]{32,}';
const rest = `(?::(?<tag>\\w[\\w.-]{0,127}))?(?:@(?<digest>${knownDigest}|${otherDigest}))?`;
const withDomain = new RegExp(`^(?<host>${domain})/(?<path>${path})${rest}$`);
const withoutDomain = new RegExp(`^(?<host>${component})/(?<path>${path})${rest}$`);

function readBySource(image: string): string {
  if (/^[0-9a-fA-F]{64}$/.test(image) || /^sha(?:256|384|512):[0-9a-fA-F]+$/.test(image)) return 'id';
  const [first = '', ...more] = image.split('/');
  const named = more.length > 0 && (first === 'localhost' || /[.:]/.test(first) || first.toLowerCase() !== first);
  const full = named ? image : `docker.io/${image}`;
  const found = (withDomain.exec(full) ?? withoutDomain.exec(full))?.groups;
  if (found === undefined) return 'unreadable';
  let host = (found['host'] ?? '').toLowerCase();
  let repository = found['path'] ?? '';
  if (['docker.io', 'index.docker.io', 'registry-1.docker.io'].includes(host)) {
    host = 'docker.io';
    if (!repository.includes('/')) repository = `library/${repository}`;
  }
  const tag = found['tag'] === undefined ? '' : ` :${found['tag']}`;
  return `${host} ${repository}${tag}${found['digest'] === undefined ? '' : ` @${found['digest']}`}`;
}

describe('the grammar as its source has it', () => {
  const piece = fc.constantFrom(
    ...[
      'a',
      'b1',
      'A',
      '0',
      '.',
      '..',
      '-',
      '--',
      '_',
      '__',
      '/',
      '/',
      '/',
      ':',
      '@',
      '[',
      ']',
      ':5000',
      ' ',
      'ü',
      '+',
    ],
    ...[
      'docker.io/',
      'index.docker.io/',
      'localhost',
      '[::1]',
      'library/',
      'sha256',
      'sha512:',
      `@${digest}`,
      sha,
      'K',
    ],
  );
  const image = fc.oneof(
    fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join('')),
    fc.string({
      maxLength: 12,
      unit: fc.constantFrom('a', 'b', '0', 'A', '.', '_', '-', '/', ':', '@', '[', ']', ' '),
    }),
  );

  it('reads any string as the source does', () => {
    fc.assert(
      fc.property(image, (text) => {
        expect(read(text)).toBe(readBySource(text));
      }),
      { numRuns: 20_000 },
    );
  });

  it('reads its own canonical form as itself, but for a host that only its upper case made one', () => {
    fc.assert(
      fc.property(image, (text) => {
        const reference = parseImageReference(text);
        if ('opaque' in reference || !/[.:]|^localhost$/.test(reference.host)) return;
        expect(parseImageReference(reference.name)).toMatchObject({ name: reference.name, host: reference.host });
      }),
      { numRuns: 5_000 },
    );
  });
});
