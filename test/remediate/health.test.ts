import { describe, expect, test } from '@jest/globals';
import { healthOf, promisedHealthy } from '../../src/remediate/health.ts';

const rolling = (maxUnavailable: unknown, maxSurge: unknown = 1) => ({
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable, maxSurge } },
});
const updating = (maxUnavailable: unknown) => ({ updateStrategy: { rollingUpdate: { maxUnavailable } } });

describe('replicas that a strategy promises to keep', () => {
  test.each([
    ['Deployment', { replicas: 10, ...rolling('25%') }, 8],
    ['Deployment', { replicas: 3, ...rolling('25%') }, 3],
    ['Deployment', { replicas: 3, ...rolling(0, 0) }, 2],
    ['Deployment', { replicas: 3, ...rolling('100%') }, 0],
    ['Deployment', { replicas: 3, strategy: { type: 'Recreate' } }, 0],
    ['Deployment', {}, 1],
    ['StatefulSet', { replicas: 3 }, 2],
    ['StatefulSet', { replicas: 3, ...updating(2) }, 1],
    ['DaemonSet', {}, 4],
    ['DaemonSet', updating('50%'), 2],
    ['ReplicaSet', { replicas: 1 }, 0],
    ['ReplicaSet', { replicas: 0 }, 0],
  ])('%s %j', (kind, spec, promised) => {
    expect(promisedHealthy({ kind, spec, status: { desiredNumberScheduled: 5 } })).toBe(promised);
  });
});

describe('whether a workload is through with its newest template', () => {
  const done = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
  test.each([
    ['done', done, true],
    ['not seen yet', { ...done, observedGeneration: 1 }, false],
    ['one is old', { ...done, updatedReplicas: 1 }, false],
    ['old ones are left', { ...done, replicas: 3 }, false],
    ['one is not ready', { ...done, availableReplicas: 1 }, false],
  ])('%s', (_, status, expected) => {
    const object = { kind: 'Deployment', metadata: { generation: 2 }, spec: { replicas: 2 }, status };
    expect(healthOf(object).isRolledOut).toBe(expected);
  });

  test('what its controller complains of', () => {
    const conditions = [{ type: 'ReplicaFailure', status: 'True', message: 'pods are refused' }];
    expect(healthOf({ kind: 'Deployment', status: { conditions } }).complaint).toBe('pods are refused');
  });
});
