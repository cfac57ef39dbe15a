import { describe, expect, test } from '@jest/globals';
import { compilePolicy, defaultPolicy, parsePolicy, policyJsonSchema } from '../../src/policy/policy.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { ruleDefinitions } from '../../src/policy/rules/index.ts';
import { policyOf } from './policy-builders.ts';
import type { Fields } from './policy-builders.ts';

function settingsOf(policy: Policy, id: string) {
  const rule = policy.rules.find(({ definition }) => definition.id === id);
  if (rule === undefined) throw new Error(`no rule ${id}`);
  return rule.settings;
}

/** `action/hostAccess` of one class. */
function columns(spec: Fields, id: string, name: string): string {
  const settings = settingsOf(parsePolicy(policyOf(spec)), id).classes.get(name);
  return `${settings?.action ?? 'none'}/${settings?.hostAccess ?? 'none'}`;
}

describe('profiles, rules and classes are laid over each other', () => {
  const image = 'network-tool-image';

  test('the default policy is every definition as it stands', () => {
    const policy = defaultPolicy();
    expect(policy).toMatchObject({
      name: 'default',
      profile: 'default',
      workloads: 'warn',
      exemptions: [],
      warnings: [],
    });
    expect(policy.rules.map(({ definition, settings }) => [definition.id, settings.action])).toEqual(
      ruleDefinitions.map(({ id, action }) => [id, action]),
    );
    expect(new Set(policy.origins.values())).toEqual(new Set(['default']));
  });

  test('observe reports everything and repairs nothing', () => {
    const policy = parsePolicy(policyOf({ profile: 'observe' }));
    expect(policy.workloads).toBe('audit');
    for (const { settings } of policy.rules) {
      expect(settings.action).toBe('audit');
      expect(settings.fix).not.toBe(true);
      for (const each of settings.classes.values()) expect([each.action, each.hostAccess]).toEqual(['audit', 'audit']);
    }
  });

  test('strict denies everything but what is found by a part of a name, and debugging without host access', () => {
    const policy = parsePolicy(policyOf({ profile: 'strict' }));
    expect(policy.workloads).toBe('deny');
    for (const { definition, settings } of policy.rules) {
      expect(settings.action).toBe('deny');
      const without = definition.judges === 'exec' ? 'warn' : 'deny';
      for (const each of settings.classes.values()) expect([each.action, each.hostAccess]).toEqual([without, 'deny']);
    }
    expect(settingsOf(policy, image).tokens).toBe('audit');
    expect(settingsOf(policy, 'net-raw-default').fix).toBe(true);
  });

  const layered: readonly (readonly [string, Fields, string])[] = [
    ['no word', {}, 'warn/deny'],
    [
      'the class speaks for both columns',
      { rules: { [image]: { classes: { relay: { action: 'audit' } } } } },
      'audit/audit',
    ],
    [
      'unless it speaks of host access',
      { rules: { [image]: { classes: { relay: { action: 'audit', hostAccess: 'warn' } } } } },
      'audit/warn',
    ],
    ['host access alone', { rules: { [image]: { classes: { relay: { hostAccess: 'warn' } } } } }, 'warn/warn'],
    ['the rule speaks for its classes', { rules: { [image]: { action: 'audit' } } }, 'audit/audit'],
    [
      'a class before its rule',
      { rules: { [image]: { action: 'audit', classes: { relay: { action: 'deny' } } } } },
      'deny/deny',
    ],
    [
      'one column before its rule',
      { rules: { [image]: { action: 'audit', classes: { relay: { hostAccess: 'deny' } } } } },
      'audit/deny',
    ],
    [
      'the file before the profile',
      { profile: 'observe', rules: { [image]: { classes: { relay: { hostAccess: 'deny' } } } } },
      'audit/deny',
    ],
    ['the rule before the profile', { profile: 'strict', rules: { [image]: { action: 'warn' } } }, 'warn/warn'],
  ];
  test.each(layered)('class relay: %s', (_, spec, expected) => {
    expect(columns(spec, image, 'relay')).toBe(expected);
  });

  const weak: readonly (readonly [string, Fields, string])[] = [
    ['by default', {}, 'audit'],
    ['a denying rule does not harden it', { action: 'deny' }, 'audit'],
    ['a rule that is off silences it', { action: 'off' }, 'off'],
    ['its own word wins', { action: 'off', tokens: 'warn' }, 'warn'],
  ];
  test.each(weak)('a match by a part of a name: %s', (_, settings, expected) => {
    expect(settingsOf(parsePolicy(policyOf({ rules: { [image]: settings } })), image).tokens).toBe(expected);
  });

  test('a rule is off only where no class of it is in force', () => {
    const off = parsePolicy(policyOf({ rules: { [image]: { action: 'off' } } }));
    expect(settingsOf(off, image).action).toBe('off');
    const relayOnly = { action: 'off', classes: { relay: { action: 'warn', hostAccess: 'deny' } } };
    expect(settingsOf(parsePolicy(policyOf({ rules: { [image]: relayOnly } })), image).action).toBe('deny');
  });

  test('entries are added, removed, and moved from class to class', () => {
    const classes = { relay: { remove: ['alpine/socat'] }, offensive: { add: ['alpine/socat', 'corp/relay-*'] } };
    const settings = settingsOf(parsePolicy(policyOf({ rules: { [image]: { classes } } })), image);
    expect(settings.classes.get('relay')?.entries).not.toContain('alpine/socat');
    expect(settings.classes.get('offensive')?.entries.slice(-2)).toEqual(['alpine/socat', 'corp/relay-*']);
  });

  test('a rule that shares the entries of another has them as the policy has them', () => {
    const policy = parsePolicy(
      policyOf({ rules: { 'network-tool-command': { classes: { relay: { add: ['mync'], remove: ['nc'] } } } } }),
    );
    const shared = settingsOf(policy, 'network-tool-exec').classes.get('relay')?.entries;
    expect(shared).toEqual(settingsOf(policy, 'network-tool-command').classes.get('relay')?.entries);
    expect(shared).toContain('mync');
    expect(shared).not.toContain('nc');
  });

  test('each value says where it comes from', () => {
    const { origins } = parsePolicy(
      policyOf({
        profile: 'strict',
        rules: {
          'net-raw-default': { fix: false },
          [image]: { classes: { relay: { hostAccess: 'warn', add: ['corp/x'] } } },
        },
      }),
    );
    const expected: Readonly<Record<string, string>> = {
      profile: 'file',
      workloads: 'profile',
      'rules.net-raw-default.action': 'profile',
      'rules.net-raw-default.fix': 'file',
      'rules.host-ipc.fix': 'default',
      'rules.network-tool-image.tokens': 'default',
      'rules.network-tool-image.classes.relay.action': 'profile',
      'rules.network-tool-image.classes.relay.hostAccess': 'file',
      'rules.network-tool-image.classes.relay.entries': 'file',
      'rules.network-tool-image.classes.dns.entries': 'default',
    };
    for (const [field, origin] of Object.entries(expected))
      expect([field, origins.get(field)]).toEqual([field, origin]);
  });

  test('custom kinds have every list', () => {
    const policy = parsePolicy(
      policyOf({
        kinds: [{ group: 'a.io', kind: 'Run', podSpecs: ['spec.tasks[*].template.spec', 'spec.replicas.*.spec'] }],
      }),
    );
    expect(policy.kinds).toEqual([
      {
        group: 'a.io',
        kind: 'Run',
        podSpecs: ['spec.tasks[*].template.spec', 'spec.replicas.*.spec'],
        containers: [],
        hostFields: [],
      },
    ]);
  });
});

test('a rule of any other list is read the same way', () => {
  const [first] = ruleDefinitions;
  if (first === undefined) throw new Error('no rules');
  const policy = compilePolicy(policyOf({ rules: { other: { action: 'warn' } } }), [{ ...first, id: 'other' }]);
  expect(policy.rules.map(({ definition, settings }) => [definition.id, settings.action])).toEqual([['other', 'warn']]);
});

test('the JSON Schema is of draft 2020-12 and describes every rule', () => {
  const schema = policyJsonSchema();
  expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
  for (const { id, finds } of ruleDefinitions) {
    expect(schema).toHaveProperty(
      ['properties', 'spec', 'properties', 'rules', 'properties', id, 'description'],
      finds,
    );
  }
});
