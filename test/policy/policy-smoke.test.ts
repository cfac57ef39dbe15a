import { expect, test } from '@jest/globals';
import { defaultPolicy, parsePolicy, policyJsonSchema, PolicyError } from '../../src/policy/policy.ts';
test('x', () => {
  const p = defaultPolicy();
  console.log(
    p.rules.map((r) => [
      r.definition.id,
      r.settings.action,
      r.settings.fix,
      r.settings.tokens,
      r.settings.classes.size,
    ]),
    p.warnings,
  );
  console.log(JSON.stringify(policyJsonSchema(), null, 1).slice(0, 3000));
  try {
    parsePolicy({
      apiVersion: 'v1',
      kind: 'Policy',
      metadata: {},
      spec: {
        profile: 'stict',
        worklods: 1,
        rules: {
          'net-rwa': {},
          'host-network': { fix: true, action: false, classes: {} },
          'network-tool-exec': { classes: { relay: { add: ['x'] } } },
          'network-tool-image': {
            classes: { relai: {}, relay: { add: ['**', 'alpine/socat', 'a b'], remove: ['alpine/soct', 'mitmproxy'] } },
          },
          'host-capability': { classes: { host: { add: ['CAP_FOO', 'NET_ADMIN'] } } },
        },
        exemptions: [
          { name: 'a', reason: ' ', owner: 'x', rules: ['net-rwa'], expires: '2027-02-30' },
          { name: 'a', rules: [], namespaces: ['A'], serviceAccounts: ['x'] },
          3,
        ],
        kinds: [{ group: 'a', kind: 'b' }],
      },
    });
  } catch (e) {
    console.log((e as PolicyError).message);
  }
  expect(1).toBe(1);
});
