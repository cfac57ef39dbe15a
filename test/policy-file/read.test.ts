import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PolicyFileError } from '../../src/policy-file/policy-file-error.ts';
import { maxPolicyTextLength, readPolicyDocument, readPolicyText } from '../../src/policy-file/read.ts';

/** The lines of the error that the text is refused with; none for a text that is taken. */
function refusal(text: string): string[] {
  try {
    readPolicyText(text, 'p.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof PolicyFileError)) throw error;
    return error.message.split('\n');
  }
}

const head = `apiVersion: seawall.dev/v1alpha1
kind: Policy
metadata: { name: test }
`;

const full = `${head}spec:
  profile: default
  workloads: warn
  rules:
    net-raw-default: { action: warn, fix: true }
    network-tool-image:
      classes:
        relay: { action: off, add: ["corp/relay-*"], remove: ["alpine/socat"] }
  exemptions:
    - name: cni
      reason: Calico programs the host network
      owner: platform-team
      expires: 2027-06-30
      rules: [host-network, privileged, net-raw, host-path]
      namespaces: [kube-system]
      images: ["docker.io/calico/**"]
`;

describe('a policy file', () => {
  test('is read as it is written: off is a word, a date is a day', () => {
    const policy = readPolicyText(full, 'p.yaml');
    expect(policy.exemptions[0]?.expiresMs).toBe(Date.UTC(2027, 6, 1));
    const image = policy.rules.find(({ definition }) => definition.id === 'network-tool-image');
    expect(image?.settings.classes.get('relay')).toMatchObject({ action: 'off', hostAccess: 'off' });
  });

  test('may be JSON, begin with a byte order mark, and share parts by anchors', () => {
    const json = '{"apiVersion":"seawall.dev/v1alpha1","kind":"Policy","metadata":{"name":"test"},"spec":{}}';
    expect(refusal(json)).toEqual([]);
    expect(refusal(`\ufeff${full}`)).toEqual([]);
    expect(refusal(`${head}spec: { rules: { host-ipc: &fix { fix: true }, host-pid: *fix } }\n`)).toEqual([]);
  });

  test('tells where a field stands, or the deepest one above it that is there', () => {
    const { locate } = readPolicyDocument(full, 'p.yaml');
    expect(locate(['spec', 'exemptions', 0, 'expires'])).toEqual({ line: 16, column: 7 });
    expect(locate(['spec', 'exemptions', 0, 'images', 0])).toEqual({ line: 19, column: 16 });
    expect(locate(['spec', 'exemptions', 0, 'serviceAccounts', 3])).toEqual({ line: 13, column: 7 });
    expect(locate(['nothing'])).toEqual({ line: 1, column: 1 });
  });
});

test('a file of nothing but problems tells the first hundred, and how many are left', () => {
  const keys = Array.from({ length: 20_000 }, (_, each) => `  unknown${each}: 1\n`).join('');
  expect.assertions(3);
  try {
    readPolicyText(`${head}spec:\n${keys}`, 'p.yaml');
  } catch (error) {
    const lines = String(error).split('\n');
    expect(lines).toHaveLength(101);
    expect(lines).toContain('p.yaml:1:1: and 19900 more problems');
    expect(lines.at(-2)).toContain('p.yaml:104:3: spec.unknown99: unknown key "unknown99"');
  }
});

describe('a text that is no policy is refused with file, line and column', () => {
  const table: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'unknown keys, in the order of the file',
      `${head}spec:\n  rules:\n    net-rwa:\n      action: warn\n  worklods: warn\n`,
      [
        'p.yaml:6:5: spec.rules.net-rwa: unknown key "net-rwa"; did you mean "net-raw"?',
        'p.yaml:8:3: spec.worklods: unknown key "worklods"; did you mean "workloads"?',
      ],
    ],
    [
      'a value behind an alias stands where its anchor is',
      `${head}spec:\n  rules:\n    host-ipc: &a\n      action: dney\n    host-pid: *a\n`,
      [
        'p.yaml:7:7: spec.rules.host-pid.action: "dney" is not one of deny, warn, audit, off; did you mean "deny"?',
        'p.yaml:7:7: spec.rules.host-ipc.action: "dney" is not one of deny, warn, audit, off; did you mean "deny"?',
      ],
    ],
    ['a missing field stands at its parent', head, ['p.yaml:1:1: spec: is missing; it must be an object']],
    ['a section without content', `${head}spec:\n`, ['p.yaml:4:1: spec: must be an object, not empty']],
    [
      'a word of YAML 1.1',
      `${head}spec: { rules: { host-ipc: { fix: yes } } }\n`,
      ['p.yaml:4:30: spec.rules.host-ipc.fix: must be true or false, not a string'],
    ],
    [
      'a file that says it is YAML 1.1',
      `%YAML 1.1\n---\n${head}spec: { rules: { host-ipc: { action: off } } }\n`,
      ['p.yaml:6:30: spec.rules.host-ipc.action: must be a word, not false; write "off" with its quotes'],
    ],
    ['a key that stands twice', `${head}spec: {}\nkind: Policy\n`, ['p.yaml:5:1: this key stands in its map already']],
    [
      'a key that is a number',
      `${head}1: {}\nspec: {}\n`,
      ['p.yaml:4:1: 1: unknown key "1"; known here: apiVersion, kind, metadata, spec'],
    ],
    ['an unknown tag', `${head}spec: !custom {}\n`, ['p.yaml:4:7: Unresolved tag: !custom']],
    [
      'an alias of nothing',
      `${head}spec: *none\n`,
      ['p.yaml:1:1: Unresolved alias (the anchor must be set before the alias): none'],
    ],
    [
      'bytes that are not YAML',
      'a: [1,\nb: }\n',
      [
        'p.yaml:2:1: Flow sequence in block collection must be sufficiently indented and end with a ]',
        'p.yaml:2:4: Unexpected flow-map-end token in YAML stream: "}"',
      ],
    ],
    ['nothing', '', ['p.yaml:1:1: is empty; a policy file holds one document of kind Policy']],
    [
      'comments alone',
      '# later\n---\n# and later\n',
      ['p.yaml:1:1: is empty; a policy file holds one document of kind Policy'],
    ],
    [
      'two documents',
      `${head}spec: {}\n---\n${head}spec: {}\n`,
      ['p.yaml:5:1: second document; a policy file holds one'],
    ],
    [
      'a text that grows by its aliases',
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n`,
      ['p.yaml:1:1: Excessive alias count indicates a resource exhaustion attack'],
    ],
    [
      'a text that is too large',
      '#'.repeat(maxPolicyTextLength + 1),
      ['p.yaml:1:1: is larger than a policy file may be (4194304 characters)'],
    ],
  ];
  test.each(table)('%s', (_, text, lines) => {
    expect(refusal(text)).toEqual(lines);
  });

  test('lists without end in each other', () => {
    expect(refusal('['.repeat(100_000))).not.toEqual([]);
    expect(refusal('- '.repeat(100_000))).not.toEqual([]);
  });

  test('any text is a policy or a PolicyFileError', () => {
    const piece = fc.constantFrom(
      'a',
      ': ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '*a',
      '&a ',
      '"',
      "'",
      '!',
      '|',
      '\t',
      '%',
      '---\n',
      '\0',
      '\ud800',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
        (text) => void refusal(text),
      ),
    );
  });
});
