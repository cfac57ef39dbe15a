import { describe, expect, test } from '@jest/globals';
import { profiles } from '../../src/policy/defaults.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';

const rules = new Map(defaultPolicy().rules.map((rule) => [rule.definition.id, rule]));

describe('what holds without a policy file', () => {
  // rule, action, severity, repaired by default
  const table = [
    ['host-network', 'deny', 'high', false],
    ['host-pid', 'deny', 'high', false],
    ['host-ipc', 'deny', 'medium', false],
    ['net-raw', 'deny', 'high', false],
    ['net-raw-default', 'warn', 'low', true],
    ['privileged', 'deny', 'critical', false],
    ['host-process', 'deny', 'critical', false],
    ['host-capability', 'deny', 'high', false],
    ['host-path', 'warn', 'high', false],
    ['host-port', 'audit', 'low', false],
    ['network-tool-image', 'deny', 'high', false],
    ['network-tool-command', 'deny', 'high', false],
    ['network-tool-exec', 'deny', 'high', false],
    ['opaque-image', 'warn', 'low', false],
    ['host-interface', 'audit', 'low', false],
  ] as const;
  test.each(table)('%s: %s, %s, repaired: %s', (id, action, severity, fix) => {
    const rule = rules.get(id);
    expect([rule?.settings.action, rule?.definition.severity, rule?.settings.fix ?? false]).toEqual([
      action,
      severity,
      fix,
    ]);
  });

  test('every rule is in the table', () => {
    expect([...rules.keys()].sort()).toEqual(table.map(([id]) => id).sort());
  });

  const classes = [
    ['swiss-army', 'deny', 'deny'],
    ['capture', 'deny', 'deny'],
    ['scanner', 'deny', 'deny'],
    ['spoof', 'deny', 'deny'],
    ['offensive', 'deny', 'deny'],
    ['relay', 'warn', 'deny'],
    ['namespace-entry', 'warn', 'deny'],
    ['dns', 'audit', 'warn'],
    ['terminal', 'audit', 'warn'],
    ['bandwidth', 'audit', 'warn'],
  ] as const;
  test.each(classes)('class %s: %s without host access, %s with it', (name, action, hostAccess) => {
    const found = ['network-tool-image', 'network-tool-command'].flatMap((id) => {
      const settings = rules.get(id)?.settings.classes.get(name);
      return settings === undefined ? [] : [[settings.action, settings.hostAccess]];
    });
    expect(found).not.toEqual([]);
    for (const columns of found) expect(columns).toEqual([action, hostAccess]);
  });

  test('exec is at most warned of without host access', () => {
    for (const each of rules.get('network-tool-exec')?.settings.classes.values() ?? []) {
      expect(each.action).not.toBe('deny');
    }
  });
});

test('the profiles', () => {
  expect(profiles.map(({ name, action, fix, workloads }) => [name, action, fix, workloads])).toEqual([
    ['observe', 'audit', false, 'audit'],
    ['default', undefined, undefined, 'warn'],
    ['strict', 'deny', undefined, 'deny'],
  ]);
});
