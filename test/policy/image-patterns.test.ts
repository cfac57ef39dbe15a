import fc from 'fast-check';
import { minimatch } from 'minimatch';
import {
  compileExactPatterns,
  compileImagePatterns,
  compileNameTokens,
  imagePatternProblem,
  isOpenToAnyRegistry,
  patternHasNoHost,
} from '../../src/policy/image-patterns.ts';
import type { ImageReference } from '../../src/policy/image-reference.ts';
import { parseImageReference } from '../../src/policy/image-reference.ts';
import { charactersLookedAt } from '../support/characters-looked-at.ts';

function named(image: string): ImageReference {
  const reference = parseImageReference(image);
  if ('opaque' in reference) throw new Error(`${image} is ${reference.opaque}`);
  return reference;
}

const classPattern = (pattern: string) => compileImagePatterns([{ class: 'relay', pattern }]);

describe('a class pattern finds an image by its name, or by an end of its path', () => {
  it.each([
    // [pattern, found, not found]
    ['netshoot', ['netshoot', 'a/netshoot:1', 'm:5000/b/c/netshoot'], ['netshoots', 'a/my-netshoot', 'netshoot/a']],
    ['nicolaka/netshoot', ['nicolaka/netshoot', 'm.io/x/nicolaka/netshoot'], ['netshoot', 'a/xnicolaka/netshoot']],
    ['nicolaka/netshoot', ['Nicolaka/netshoot', 'quay.io/nicolaka/netshoot'], ['nicolaka/x/netshoot']],
    ['docker.io/a/b', ['a/b', 'docker.io/a/b', 'index.docker.io/a/b', 'm.io/docker.io/a/b'], ['m.io/a/b', 'c/a/b']],
    ['docker.io/nmap', ['nmap', 'library/nmap', 'registry-1.docker.io/nmap'], ['a/nmap', 'm.io/nmap']],
    ['index.docker.io/nmap', ['nmap', 'docker.io/library/nmap'], ['a/nmap']],
    ['docker.io/*', ['nmap', 'docker.io/library/nmap'], ['a/nmap', 'm.io/nmap']],
    ['docker.io/**', ['nmap', 'a/nmap'], ['m.io/nmap']],
    ['library/nmap', ['nmap', 'm.io/library/nmap'], ['a/nmap']],
    ['ghcr.io/x/y', ['ghcr.io/x/y', 'GHCR.io/x/y', 'm.io/ghcr.io/x/y'], ['x/y', 'm.io/x/y']],
    ['m.io:5000/x', ['m.io:5000/x', 'M.io:5000/x:1'], ['m.io/x', 'm.io:500/x']],
    ['*:5000/x', ['m.io:5000/x', '10.0.0.1:5000/x'], ['m.io/x', 'm.io:5000/a/x']],
    ['\\[::1\\]:5000/x', ['[::1]:5000/x'], ['[::2]:5000/x']],
    ['kalilinux/*', ['kalilinux/a', 'm.io/kalilinux/b'], ['kalilinux/a/b', 'akalilinux/a', 'kalilinux']],
    ['kalilinux/**', ['kalilinux/a', 'm.io/x/kalilinux/a/b'], ['kalilinux', 'a/kalilinux']],
    ['corp/relay-*', ['corp/relay-x', 'm/corp/relay-x'], ['corp/relay', 'xcorp/relay-a', 'corp/a/relay-b']],
    ['*-netshoot', ['a-netshoot', 'x/my-netshoot'], ['netshoot', 'a-netshoot/x', 'a-netshoot-b']],
    ['*nmap*', ['nmap', 'a/xnmapy', 'nmap-x'], ['nmap/x', 'n-map']],
    ['a/*/c', ['a/b/c', 'm.io/a/x/c'], ['a/c', 'a/b/b/c']],
    ['a/**/c', ['a/c', 'a/b/c', 'a/b/b/c', 'm.io/x/a/c'], ['a/b', 'xa/c']],
    ['**/c', ['c', 'a/c'], ['c/a']],
    ['a/**/b/**/c', ['a/b/c', 'a/x/b/y/z/c'], ['a/c/b', 'a/x/c']],
    ['**', ['a', 'm.io/a/b'], []],
    ['*', ['a', 'm.io/a/b'], []],
    ['*/*', ['a', 'm.io/b'], []],
    ['a**b', ['ab', 'axxb'], ['a/b']],
    ['tool?', ['tool1', 'x/toolx'], ['tool', 'tool12']],
    ['tool[0-9]', ['tool1'], ['toola', 'tool']],
    ['tool[!0-9]', ['toola'], ['tool1', 'tool']],
    ['tool[^0-9]', ['toola'], ['tool1']],
    ['t[a-]l', ['tal', 't-l'], ['tbl']],
    ['{a,b}/{c,d}', ['a/c', 'b/d'], ['c/a', 'a/b']],
    ['{a,b/c}', ['a', 'b/c', 'x/b/c'], ['c', 'b']],
    ['tool{1..3}', ['tool1', 'tool3'], ['tool4', 'tool']],
    ['{,x-}tool', ['tool', 'x-tool'], ['y-tool']],
    ['a\\-b', ['a-b'], ['ab']],
  ])('%s', (pattern, found, notFound) => {
    const find = classPattern(pattern);
    for (const image of found) expect({ image, found: find(named(image))?.pattern }).toEqual({ image, found: pattern });
    for (const image of notFound) expect({ image, found: find(named(image)) }).toEqual({ image, found: undefined });
  });

  it('names the first listed of those that match, whatever their form', () => {
    const entries = [
      { class: 'one', pattern: 'x/y/tool' },
      { class: 'two', pattern: '*tool' },
      { class: 'three', pattern: 'tool' },
      { class: 'four', pattern: '**' },
    ];
    const find = compileImagePatterns(entries);
    const backwards = compileImagePatterns(entries.toReversed());
    expect(find(named('x/y/tool:1'))).toEqual({ class: 'one', pattern: 'x/y/tool' });
    expect(find(named('y/tool'))).toEqual({ class: 'two', pattern: '*tool' });
    expect(find(named('other'))?.class).toBe('four');
    expect(backwards(named('x/y/tool'))?.class).toBe('four');
    expect(compileImagePatterns(entries.slice(2))(named('tool'))?.class).toBe('three');
    expect(compileImagePatterns([...entries.slice(2, 3), ...entries])(named('tool'))?.class).toBe('three');
    expect(compileImagePatterns([])(named('tool'))).toBeUndefined();
  });

  it('throws on a pattern that cannot be used', () => {
    expect(() => classPattern('a//b')).toThrow(
      new TypeError('image pattern "a//b": it has an empty part, "." or "..", and no image name has one'),
    );
    expect(() => compileExactPatterns([''])).toThrow(new TypeError('image pattern "": it is empty'));
  });
});

describe('an exemption pattern is held against the whole reference, host included', () => {
  const digest = `sha256:${'ab'.repeat(32)}`;
  it.each([
    [
      'docker.io/calico/**',
      ['calico/node:v3', 'docker.io/calico/a/b'],
      ['evil.io/calico/node', 'm.io/docker.io/calico/node'],
    ],
    ['docker.io/calico/*', ['calico/node'], ['calico/a/b', 'calicoo/node', 'docker.io/x/calico/node']],
    ['docker.io/alpine', ['alpine', 'alpine:3', 'registry-1.docker.io/library/alpine'], ['x/alpine', 'quay.io/alpine']],
    ['calico/node', [], ['calico/node', 'Calico/node', 'docker.io/calico/node', 'm.io/calico/node']],
    ['calico/**', [], ['calico/node', 'Calico/node']],
    ['{calico/node,quay.io/a}', [], ['calico/node', 'Calico/node', 'quay.io/a']],
    ['**/calico/**', ['calico/node', 'evil.io/x/calico/node'], ['calico', 'evil.io/calicos/node']],
    ['*/calico/*', ['calico/node', 'evil.io/calico/node'], ['evil.io/x/calico/node']],
    ['**', ['a', 'm.io/b/c'], []],
    ['m.io:5000/**', ['m.io:5000/a', 'm.io:5000/a/b'], ['m.io/a', 'm.io:50000/a']],
    ['quay.io/x/y:v1', ['quay.io/x/y:v1'], [`quay.io/x/y:v1@${digest}`, 'quay.io/x/y', 'quay.io/x/y:v1.2', 'x/y:v1']],
    ['quay.io/x/y:v1.*', ['quay.io/x/y:v1.2'], ['quay.io/x/y:v1', 'quay.io/x/y:v2.1']],
    ['quay.io/x/y:V1_a', ['quay.io/x/y:V1_a'], ['quay.io/x/y:v1_a']],
    ['quay.io/x/y:latest', ['quay.io/x/y', 'quay.io/x/y:latest'], [`quay.io/x/y@${digest}`]],
    [`quay.io/x/y@${digest}`, [`quay.io/x/y@${digest}`, `quay.io/x/y:v1@${digest}`], ['quay.io/x/y', 'quay.io/x/y:v1']],
    ['quay.io/x/*@sha256:ab*', [`quay.io/x/y@${digest}`], ['quay.io/x/y:ab', `quay.io/x/a/y@${digest}`]],
    [
      'quay.io/x/y',
      ['quay.io/x/y', 'quay.io/x/y:v1', `quay.io/x/y@${digest}`, `QUAY.io/x/y:v1@${digest}`],
      ['quay.io/y'],
    ],
  ])('%s', (pattern, matching, other) => {
    const matches = compileExactPatterns([pattern]);
    for (const image of matching) expect({ image, matches: matches(named(image)) }).toEqual({ image, matches: true });
    for (const image of other) expect({ image, matches: matches(named(image)) }).toEqual({ image, matches: false });
  });

  it('matches if one of several does, and nothing where there is none', () => {
    const matches = compileExactPatterns(['quay.io/a', 'quay.io/b:1']);
    expect(['quay.io/a', 'quay.io/b:1', 'quay.io/b:2'].map((image) => matches(named(image)))).toEqual([
      true,
      true,
      false,
    ]);
    expect(compileExactPatterns([])(named('a'))).toBe(false);
  });
});

describe('what is said of a pattern', () => {
  it.each([
    ['**', true, false],
    ['*', true, true],
    ['**/calico/**', true, false],
    ['*/calico/*', true, false],
    ['?*/calico/*', true, false],
    ['{a,b}*/calico/*', true, false],
    ['{quay.io,*}/calico/*', true, false],
    ['*.io/calico/*', true, false],
    ['*docker.io/calico/*', true, false],
    ['docker.io*/calico/*', true, false],
    ['docker.*/calico/*', true, false],
    ['10.0.*/a', true, false],
    ['*:5000/a', true, false],
    ['docker.io*:5000/a', true, false],
    ['docker.i[o-z]/a', true, false],
    ['*.corp.example/**', false, false],
    ['*.corp.example:*/**', false, false],
    ['reg[0-9].corp.example/a', false, false],
    ['*-reg.corp.example:5000/a', false, false],
    ['docker.io/**', false, false],
    ['{docker,quay}.io/calico/*', false, false],
    ['docker.io:*/a', false, false],
    ['localhost/a', false, false],
    ['\\[::1\\]:5000/a', false, false],
    ['\\[::1\\]/a', false, false],
    ['calico/node', false, true],
    ['calico/**', false, true],
    ['node', false, true],
    ['{docker.io,calico}/node', false, true],
    ['calico/node:1.2', false, true],
  ])('%s: open to any registry %s, without a host %s', (pattern, open, hostless) => {
    expect([isOpenToAnyRegistry(pattern), patternHasNoHost(pattern)]).toEqual([open, hostless]);
  });

  it.each([
    ['', 'it is empty'],
    ['a'.repeat(257), 'it is longer than 256 characters'],
    [' a', 'it has a blank or a control character'],
    ['a\n', 'it has a blank or a control character'],
    ['a\u0000b', 'it has a blank or a control character'],
    ['!a', 'it begins with "!", which has no meaning here: nothing is negated'],
    ['#a', 'it begins with "#", which has no meaning here: nothing is negated'],
    ['@(a|b)', 'it has an extended glob, such as @(a|b); write {a,b}'],
    ['a/+(b)', 'it has an extended glob, such as @(a|b); write {a,b}'],
    ['a/!(b)', 'it has an extended glob, such as @(a|b); write {a,b}'],
    ['a/?(b)', 'it has an extended glob, such as @(a|b); write {a,b}'],
    ['a/*(b)', 'it has an extended glob, such as @(a|b); write {a,b}'],
    ['a[b', 'it has a "[" without a "]" in the same part'],
    ['a[]', 'it has a "[" without a "]" in the same part'],
    ['a[b/c]d', 'it has a "[" without a "]" in the same part'],
    ['ab]', 'it has a "]" without a "["'],
    ['[z-a]', 'it has an empty range in [z-a'],
    ['[[:alpha:]]', 'it has a named character class, such as [:alpha:]; write a range, such as [a-z]'],
    ['{a,b', 'it has a "{" outside of {a,b}'],
    ['a,b', 'it has a "," outside of {a,b}'],
    ['a}', 'it has a "}" outside of {a,b}'],
    ['{a}', 'it has a "{" outside of {a,b}'],
    ['{1..65}', 'its braces have more than 64 alternatives'],
    ['{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}', 'its braces have more than 64 alternatives'],
    ['{1..100000000}', 'its braces have more than 64 alternatives'],
    ['/a', 'it has an empty part, "." or "..", and no image name has one'],
    ['a/', 'it has an empty part, "." or "..", and no image name has one'],
    ['a//b', 'it has an empty part, "." or "..", and no image name has one'],
    ['../a', 'it has an empty part, "." or "..", and no image name has one'],
    ['a/./b', 'it has an empty part, "." or "..", and no image name has one'],
    ['a\\', 'it ends a part with "\\", which has nothing to escape'],
    ['Nicolaka/netshoot', 'it has upper case, and names are compared in lower case: write it so'],
    ['GHCR.io/a', 'it has upper case, and names are compared in lower case: write it so'],
    ['a|b', 'it has "|", which no image reference has'],
    ['netshööt', 'it has "ö", which no image reference has'],
    ['a/\\*', 'it has "*", which no image reference has'],
    ['a+b', 'it has "+", which no image reference has'],
    ['a/b:5000/c', 'it has a ":" that is neither of a port nor of a tag'],
    ['a@b/c', 'it has a "@" before its last part'],
    ['netshoot:latest', 'it has a tag or a digest, which a class of images ignores: leave it out'],
    ['netshoot@sha256:*', 'it has a tag or a digest, which a class of images ignores: leave it out'],
    ['{netshoot,nmap:7}', 'it has a tag or a digest, which a class of images ignores: leave it out'],
  ])('%j: %s', (pattern, problem) => {
    expect(imagePatternProblem(pattern)).toBe(problem);
  });

  it.each(['a', '**', 'a/*', 'm.io:5000/a', '[a-z]*', '{a,b}', '{1..64}', 'a'.repeat(256), '\\[::1\\]:5000/a'])(
    'nothing of %s',
    (pattern) => {
      expect(imagePatternProblem(pattern)).toBeUndefined();
    },
  );

  it.each(['docker.io/a:v1', 'docker.io/a:V1', 'docker.io/a@sha256:*', 'docker.io/a:*@sha512+b64:*'])(
    'nothing of %s in an exemption',
    (pattern) => {
      expect(imagePatternProblem(pattern, 'exemption')).toBeUndefined();
    },
  );
});

describe('a tool in a part of the last path segment', () => {
  const find = compileNameTokens(new Set(['nmap', 'nc', 'nc.openbsd', 'tcpdump', 'arp-scan', 'zgrab', 'zgrab2']));
  it.each([
    ['nmap', 'nmap'],
    ['corp/tcpdump-tools:1', 'tcpdump'],
    ['prometheus-nmap-exporter', 'nmap'],
    ['corp/my_nmap', 'nmap'],
    ['corp/my.nmap.image', 'nmap'],
    ['corp/nc', 'nc'],
    ['corp/nc.openbsd', 'nc.openbsd'],
    ['corp/nc-openbsd-x', 'nc.openbsd'],
    ['corp/arp-scan', 'arp-scan'],
    ['corp/x-arp_scan-y', 'arp-scan'],
    ['corp/tcpdump-nmap', 'tcpdump'],
    ['corp/zgrab2', 'zgrab2'],
    ['nmap.corp/x__nmap', 'nmap'],
    ['corp/nmaps', undefined],
    ['corp/xnmap', undefined],
    ['nmap/corp', undefined],
    ['nmap.corp:5000/app', undefined],
    ['corp/app:nmap', undefined],
    ['corp/arp-scanner', undefined],
    ['corp/arp', undefined],
    ['corp/scan-arp', undefined],
    ['corp/sync-nced', undefined],
    ['corp/zgrab3', undefined],
    ['constructor', undefined],
  ])('%s: %s', (image, tool) => {
    expect(find(named(image))).toBe(tool);
  });
});

/*
 * Generators close to the boundaries: few letters, so that names and patterns meet; every wildcard beside every other.
 */
const oracleOptions = { nonegate: true, nocomment: true, dot: true, noext: true, platform: 'linux' } as const;
const segment = fc.constantFrom('a', 'b', 'ab', 'ba', 'aa', 'a-b', 'a.b', 'a--a', 'b__a', 'aab', 'abab', 'nmap', '0');
const name = fc
  .tuple(
    fc.constantFrom('a.b', 'b.a:50', '[::1]:5', 'localhost', 'a_b.a'),
    fc.array(segment, { minLength: 1, maxLength: 5 }),
  )
  .map(([host, segments]) => `${host}/${segments.join('/')}`);
const piece = fc.constantFrom(
  ...['a', 'b', 'ab', '-', '.', '_', '0', 'nmap', '/', '/', '/', '*', '*', '**', '/**/', '**/', '/**', '?', '?', '\\a'],
  ...[
    '[ab]',
    '[!a]',
    '[^b-z]',
    '[a-c]',
    '[]a]',
    '[!]-]',
    '[\\a]',
    '[a\\-z]',
    '[-a]',
    '{a,b}',
    '{,a}',
    '{a/b,b}',
    '{*,b}',
  ],
  ...['{a,**}', '{0..2}', 'a.b/', 'b.a:50/', '\\[::1\\]:5/', '[[]::1]', 'localhost/', '*/', '[0-9]'],
);
const pattern = fc
  .array(piece, { minLength: 1, maxLength: 7 })
  .map((pieces) => pieces.join(''))
  .filter((text) => imagePatternProblem(text) === undefined);

function suffixes({ name: whole, path }: ImageReference): string[] {
  const ends = [whole, path];
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) ends.push(path.slice(at + 1));
  return ends;
}

function matchesByOracle(reference: ImageReference, text: string): boolean {
  return suffixes(reference).some((candidate) => minimatch(candidate, text, oracleOptions));
}

describe('the meaning of a pattern is minimatch’s', () => {
  it('for one pattern, on the name and on every end of its path', () => {
    let found = 0;
    fc.assert(
      fc.property(name, pattern, (image, text) => {
        const reference = named(image);
        const expected = matchesByOracle(reference, text);
        if (expected) found++;
        expect(classPattern(text)(reference) !== undefined).toBe(expected);
      }),
      { numRuns: 10_000 },
    );
    // Both outcomes are met often, or the generators are no good.
    expect(found).toBeGreaterThan(500);
    expect(found).toBeLessThan(9_500);
  });

  it('for many patterns, of which the first that matches is named', () => {
    fc.assert(
      fc.property(name, fc.array(pattern, { maxLength: 40 }), (image, texts) => {
        const reference = named(image);
        const find = compileImagePatterns(texts.map((text, index) => ({ class: `class-${index}`, pattern: text })));
        const index = texts.findIndex((text) => matchesByOracle(reference, text));
        expect(find(reference)?.class).toBe(index === -1 ? undefined : `class-${index}`);
        // A second look-up must not remember the first.
        expect(find(reference)?.class).toBe(index === -1 ? undefined : `class-${index}`);
      }),
      { numRuns: 1_000 },
    );
  });

  it('for exemptions, on the whole name only', () => {
    fc.assert(
      fc.property(name, pattern, (image, text) => {
        const reference = named(image);
        const expected = !patternHasNoHost(text) && minimatch(reference.name, text, oracleOptions);
        expect(compileExactPatterns([text])(reference)).toBe(expected);
      }),
      { numRuns: 5_000 },
    );
  });

  it('and a pattern that is not open to any registry matches nothing in a stranger’s', () => {
    fc.assert(
      fc.property(pattern, segment, (text, label) => {
        fc.pre(!isOpenToAnyRegistry(text));
        const matches = compileExactPatterns([text]);
        for (const path of ['a', 'ab', 'nmap', 'a/b', 'b/a/a']) {
          expect(matches(named(`${label.replaceAll(/[_.]/g, '')}.evil-registry.example/${path}`))).toBe(false);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('the work is linear in the image, whatever the patterns', () => {
  const hard = [
    '*a*a*a*a*a*b',
    '**/a/**/a/**/a/**/b',
    'a*/**/*a*/**/a*b',
    '*?*?*?*b',
    '[ab]*[ab]*[ab]*c',
    '*aaaaaaaa*aaaaaaab',
    '**/*a*/**/*a*/**/z',
    '*-*',
    '?/?/?/?',
    'a/**',
  ];
  const shapes: [string, (length: number) => string][] = [
    ['one long segment', (length) => `m.io/${'a'.repeat(length - 6)}c`],
    ['many short segments', (length) => `m.io/${'a/'.repeat((length - 6) >> 1)}c`],
    ['many middling segments', (length) => `m.io/${'aaaaaaa/'.repeat((length - 6) >> 3)}c`],
    ['many separators', (length) => `m.io/${'a-'.repeat((length - 6) >> 1)}c`],
    ['a long host', (length) => `${'a.'.repeat((length - 6) >> 1)}io/c`],
  ];

  it.each(shapes)('%s', (_, shape) => {
    const find = compileImagePatterns(hard.map((text) => ({ class: 'relay', pattern: text })));
    const exact = compileExactPatterns(hard.filter((text) => !patternHasNoHost(text)));
    const token = compileNameTokens(new Set(['a', 'a-b', 'nmap']));
    const work = (length: number): number =>
      charactersLookedAt(() => {
        const reference = named(shape(length));
        find(reference);
        exact(reference);
        token(reference);
      });
    const [one, two, four] = [work(250), work(500), work(1_000)];
    expect({ two: two < one * 2.3, four: four < two * 2.3 }).toEqual({ two: true, four: true });
  });

  it('and does not grow with patterns that have nothing in the name', () => {
    const extra = Array.from({ length: 5_000 }, (_, index) => ({
      class: 'relay',
      pattern: [`corp/tool${index}`, `corp/relay-*${index}`, `*-x${index}-netshoot`, `*nmap*${index}`][index % 4] ?? '',
    }));
    const few = compileImagePatterns(extra.slice(0, 40));
    const many = compileImagePatterns(extra);
    const image = named('registry.corp.example:5050/team/payments-api:1');
    expect(charactersLookedAt(() => many(image))).toBeLessThan(
      2 * charactersLookedAt(() => few(image)) + image.name.length,
    );
  });
});
