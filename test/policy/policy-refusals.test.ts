import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePolicy, PolicyError } from '../../src/policy/policy.ts';
import { ruleDefinitions } from '../../src/policy/rules/index.ts';
import { exemptionOf, policyOf } from './policy-builders.ts';
import type { Fields } from './policy-builders.ts';

const ruleIds = ruleDefinitions.map(({ id }) => id).join(', ');

/** The lines of the error that the value is refused with; none for a value that is taken. */
function refusal(value: unknown): string[] {
  try {
    parsePolicy(value);
    return [];
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return error.message.split('\n');
  }
}

describe('a value that is no policy is refused with its field and the nearest known word', () => {
  const rules = (id: string, settings: unknown): Fields => policyOf({ rules: { [id]: settings } });
  const classes = (id: string, written: Fields): Fields => rules(id, { classes: written });
  const exempt = (fields: Fields): Fields => policyOf({ exemptions: [exemptionOf(fields)] });
  const kind = (fields: Fields): Fields =>
    policyOf({ kinds: [{ group: 'batch.example.com', kind: 'Run', podSpecs: ['spec.pod'], ...fields }] });

  const table: readonly (readonly [string, unknown, readonly string[]])[] = [
    ['text', 'profile: strict', ['must be an object, not a string']],
    ['nothing', null, ['must be an object, not empty']],
    [
      'another version and kind',
      { ...policyOf({}), apiVersion: 'seawall.dev/v2', kind: 'policy' },
      ['apiVersion: must be "seawall.dev/v1alpha1", not "seawall.dev/v2"', 'kind: must be "Policy", not "policy"'],
    ],
    [
      'an empty object',
      {},
      [
        'apiVersion: is missing; it must be "seawall.dev/v1alpha1"',
        'kind: is missing; it must be "Policy"',
        'metadata: is missing; it must be an object',
        'spec: is missing; it must be an object',
      ],
    ],
    [
      'a profile with a slip',
      policyOf({ profile: 'stict' }),
      ['spec.profile: "stict" is not one of observe, default, strict; did you mean "strict"?'],
    ],
    [
      'a key with a slip',
      policyOf({ exemption: [] }),
      ['spec.exemption: unknown key "exemption"; did you mean "exemptions"?'],
    ],
    [
      'a key unlike any',
      policyOf({ mode: 'x' }),
      ['spec.mode: unknown key "mode"; known here: profile, workloads, rules, exemptions, kinds'],
    ],
    [
      'a rule with a slip',
      rules('net-rwa', {}),
      ['spec.rules.net-rwa: unknown key "net-rwa"; did you mean "net-raw"?'],
    ],
    [
      'a key in another case',
      rules('net-raw', { Action: 'deny' }),
      ['spec.rules.net-raw.Action: unknown key "Action"; did you mean "action"?'],
    ],
    [
      'an action with a slip',
      rules('net-raw', { action: 'dney' }),
      ['spec.rules.net-raw.action: "dney" is not one of deny, warn, audit, off; did you mean "deny"?'],
    ],
    [
      'an off that a reader of YAML 1.1 took',
      rules('net-raw', { action: false }),
      ['spec.rules.net-raw.action: must be a word, not false; write "off" with its quotes'],
    ],
    [
      'a word for a boolean',
      rules('net-raw', { fix: 'yes' }),
      ['spec.rules.net-raw.fix: must be true or false, not a string'],
    ],
    [
      'a repair of the host network',
      rules('host-network', { fix: true }),
      [
        'spec.rules.host-network.fix: host-network is never repaired: leaving the host network changes the ports and the DNS of the application',
      ],
    ],
    [
      'a repair of an image, even forbidden',
      rules('network-tool-image', { fix: false }),
      ['spec.rules.network-tool-image.fix: network-tool-image is never repaired: an image is never replaced'],
    ],
    [
      'tokens of a rule without',
      rules('net-raw', { tokens: 'audit' }),
      ['spec.rules.net-raw.tokens: unknown key "tokens"; known here: action, fix'],
    ],
    [
      'a class with a slip',
      classes('network-tool-image', { relays: { action: 'deny' } }),
      ['spec.rules.network-tool-image.classes.relays: unknown key "relays"; did you mean "relay"?'],
    ],
    [
      'entries that cannot be removed',
      classes('network-tool-image', {
        relay: { remove: ['alpine/soct', 'bettercap', 'alpine/socat', 'alpine/socat'] },
      }),
      [
        'spec.rules.network-tool-image.classes.relay.remove[0]: "alpine/soct" is not in class "relay"; did you mean "alpine/socat"?',
        'spec.rules.network-tool-image.classes.relay.remove[1]: "bettercap" is not in class "relay"; it is in class "spoof"',
        'spec.rules.network-tool-image.classes.relay.remove[3]: "alpine/socat" is removed twice',
      ],
    ],
    [
      'entries that are there already',
      classes('network-tool-image', { spoof: { add: ['alpine/socat', 'corp/x', 'corp/x'] } }),
      [
        'spec.rules.network-tool-image.classes.spoof.add[0]: "alpine/socat" is in class "relay" already; remove it there to move it',
        'spec.rules.network-tool-image.classes.spoof.add[2]: "corp/x" is in class "spoof" already',
      ],
    ],
    [
      'image patterns that cannot be read',
      classes('network-tool-image', { relay: { add: ['a b', ''] } }),
      [
        'spec.rules.network-tool-image.classes.relay.add[1]: must not be empty',
        'spec.rules.network-tool-image.classes.relay.add[0]: "a b" cannot be taken: it has a blank or a control character',
      ],
    ],
    [
      'names that no program has',
      classes('network-tool-command', { relay: { add: ['/usr/bin/mync', 'My Tool'] } }),
      [
        'spec.rules.network-tool-command.classes.relay.add[0]: "/usr/bin/mync" is a path; name the program alone, it is found in any folder',
        'spec.rules.network-tool-command.classes.relay.add[1]: "My Tool" is not the name of a program: small letters, digits, and . _ + - after the first',
      ],
    ],
    [
      'names that no capability has',
      classes('host-capability', { host: { add: ['CAP_SYS_BOOT', 'sys_boot'] } }),
      [
        'spec.rules.host-capability.classes.host.add[0]: write "SYS_BOOT" without CAP_; both spellings are found',
        'spec.rules.host-capability.classes.host.add[1]: "sys_boot" is not the name of a capability such as "SYS_ADMIN"',
      ],
    ],
    [
      'entries of a rule that shares those of another',
      classes('network-tool-exec', { relay: { add: ['mync'] } }),
      [
        'spec.rules.network-tool-exec.classes.relay.add: network-tool-exec has the entries of network-tool-command; change them there',
      ],
    ],
    [
      'an exemption with nothing in it',
      policyOf({ exemptions: [{}] }),
      [
        'spec.exemptions[0].name: is missing; it must be a string',
        'spec.exemptions[0].reason: is missing; it must be a string',
        'spec.exemptions[0].owner: is missing; it must be a string',
        'spec.exemptions[0].rules: is missing; it must be a list',
        'spec.exemptions[0]: names none of namespaces, images, serviceAccounts; an exemption says what it covers',
      ],
    ],
    [
      'an exemption that covers nothing',
      exempt({ namespaces: [], rules: [] }),
      ['spec.exemptions[0].rules: must not be empty', 'spec.exemptions[0].namespaces: must not be empty'],
    ],
    ['a blank reason', exempt({ reason: ' ' }), ['spec.exemptions[0].reason: must not be blank']],
    [
      'a rule that is none',
      exempt({ rules: ['host-netwrok'] }),
      ['spec.exemptions[0].rules[0]: "host-netwrok" is not known; did you mean "host-network"?'],
    ],
    [
      'a day that is none',
      exempt({ expires: '2027-02-29' }),
      ['spec.exemptions[0].expires: "2027-02-29" is not a day; write it as YYYY-MM-DD'],
    ],
    [
      'an instant for a day',
      exempt({ expires: '2027-02-28T00:00:00Z' }),
      ['spec.exemptions[0].expires: "2027-02-28T00:00:00Z" is not a day; write it as YYYY-MM-DD'],
    ],
    [
      'an image without a registry',
      exempt({ images: ['calico/node'] }),
      [
        'spec.exemptions[0].images[0]: "calico/node" names no registry, so no image is matched; images of Docker Hub are "docker.io/..."',
      ],
    ],
    [
      'names that nothing has',
      exempt({
        namespaces: ['Kube-System'],
        serviceAccounts: ['calico-node', 'system:serviceaccount:kube-system', 'a/B'],
      }),
      [
        'spec.exemptions[0].namespaces[0]: must be a name in small letters, digits, "-" and ".", with "*" for any part of it',
        'spec.exemptions[0].serviceAccounts[0]: must be "namespace/name" or "system:serviceaccount:namespace:name"',
        'spec.exemptions[0].serviceAccounts[1]: must be "namespace/name" or "system:serviceaccount:namespace:name"',
        'spec.exemptions[0].serviceAccounts[2]: must be a name in small letters, digits, "-" and ".", with "*" for any part of it',
      ],
    ],
    [
      'two exemptions of one name',
      policyOf({ exemptions: [exemptionOf({}), exemptionOf({})] }),
      ['spec.exemptions[1].name: "cni" is the name of an exemption above; each has its own'],
    ],
    [
      'a kind without containers',
      kind({ podSpecs: undefined }),
      ['spec.kinds[0]: names neither podSpecs nor containers; say where its containers stand'],
    ],
    [
      'a path that is none',
      kind({ podSpecs: ['$.spec..pod'] }),
      [
        'spec.kinds[0].podSpecs[0]: must be a field path such as spec.tasks[*].template.spec, where [*] and .* stand for every element',
      ],
    ],
    [
      'a kind named twice',
      policyOf({
        kinds: [
          { group: 'a.io', kind: 'Run', podSpecs: ['spec'] },
          { group: 'a.io', kind: 'Run', containers: ['spec.container'] },
        ],
      }),
      ['spec.kinds[1]: "a.io/Run" stands above already; put its paths together'],
    ],
    [
      'keys of the prototype',
      JSON.parse(
        '{"apiVersion":"seawall.dev/v1alpha1","kind":"Policy","metadata":{"name":"a"},"spec":{"rules":{"__proto__":{"action":"off"},"constructor":{}}}}',
      ),
      [
        `spec.rules.__proto__: unknown key \"__proto__\"; known here: ${ruleIds}`,
        `spec.rules.constructor: unknown key \"constructor\"; known here: ${ruleIds}`,
      ],
    ],
    [
      'a text that is too long',
      exempt({ reason: 'x'.repeat(1025) }),
      ['spec.exemptions[0].reason: must have at most 1024 characters'],
    ],
    [
      'too many entries in one list',
      classes('network-tool-image', { relay: { add: Array.from({ length: 10_001 }, (_, index) => `corp/i${index}`) } }),
      [
        'spec.rules.network-tool-image.classes.relay.add: must have at most 10000 entries',
        'spec.rules: adds 10001 entries in all; 10000 are allowed',
      ],
    ],
    [
      'too many exemptions',
      policyOf({ exemptions: Array.from({ length: 1001 }, (_, index) => exemptionOf({ name: `e${index}` })) }),
      ['spec.exemptions: must have at most 1000 entries'],
    ],
  ];
  test.each(table)('%s', (_, value, lines) => {
    expect(refusal(value)).toEqual(lines);
  });

  test('values that JSON does not have end in a PolicyError too', () => {
    const cycle: Record<string, unknown> = {};
    cycle['spec'] = cycle;
    for (const value of [
      cycle,
      undefined,
      1n,
      Symbol('x'),
      () => 1,
      new Map(),
      Number.NaN,
      policyOf({ profile: 1n }),
    ]) {
      expect(refusal(value)).not.toEqual([]);
    }
  });

  test('any JSON value, whole or inside a policy, is a policy or a PolicyError', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (whole, part, other) => {
        refusal(whole);
        refusal(policyOf({ rules: part, exemptions: other }));
        refusal(
          policyOf({
            rules: { 'network-tool-image': { classes: { relay: part } } },
            kinds: [other],
            exemptions: [part],
          }),
        );
      }),
      { numRuns: 100 },
    );
  });
});
