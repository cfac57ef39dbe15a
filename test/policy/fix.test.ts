import { evaluate } from '../../src/policy/evaluate.ts';
import { repair } from '../../src/policy/fix.ts';
import { applyPatch } from '../../src/policy/json-patch.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import type { Fields } from '../support/pods.ts';
import { capable, holding, pod } from '../support/pods.ts';

const policy = defaultPolicy();
const repaired = (object: Fields) =>
  repair(
    object,
    evaluate(object, policy, 0).filter(({ fixable }) => fixable),
  );

test('a list of ten thousand grants is written anew, not taken apart ten thousand times', () => {
  const hostile = pod({ containers: [capable({ add: ['CHOWN', ...Array<string>(10_000).fill('NET_RAW')] })] });
  const { operations } = repaired(hostile);
  expect(operations.length).toBe(2);
  expect(applyPatch(hostile, operations)).toEqual(
    pod({ containers: [capable({ add: ['CHOWN'], drop: ['NET_RAW'] })] }),
  );
});

test('a step is not mended so that the drop: [ALL] of the template below it is lost', () => {
  const stepTemplate = { securityContext: { capabilities: { drop: ['ALL'] } } };
  const steps = [{ name: 'quiet', image: 'alpine' }, capable({ add: ['NET_RAW'] })];
  expect(repaired(holding('tekton.dev/v1', 'Task', 'spec', { steps, stepTemplate })).operations).toEqual([]);
});
