import { judge } from '../src/policy/evaluate.ts';
import type { Policy } from '../src/policy/policy.ts';
import { defaultPolicy, parsePolicy } from '../src/policy/policy.ts';
import { plainPod } from './bodies.ts';

const nowMs = Date.UTC(2026, 0, 1);

/** Microseconds of one decision on a parsed pod, the mean over pods of 1 to 8 containers; the median of 20 turns. */
export function decisionMicroseconds(policy: Policy): number {
  // Parsed each on its own: an object that is judged over and over would be read faster than any is in life.
  const copy = (index: number): unknown => JSON.parse(JSON.stringify(plainPod((index % 8) + 1)));
  const pods = Array.from({ length: 800 }, (_, index) => copy(index));
  const turn = (): number => {
    const startedMs = performance.now();
    let findings = 0;
    for (const pod of pods) findings += judge(pod, policy, nowMs, { namespace: 'team' }).findings.length;
    if (findings !== 0) throw new Error('the pods of the benchmark have findings');
    return ((performance.now() - startedMs) * 1000) / pods.length;
  };
  for (let warm = 0; warm < 30; warm += 1) turn();
  const turns = Array.from({ length: 20 }, turn).sort((one, other) => one - other);
  return turns[10] ?? NaN;
}

export function policyWithPatterns(count: number): Policy {
  const add = Array.from({ length: count }, (_, index) => `corp-${index % 97}/tool-${index}-*`);
  return parsePolicy({
    apiVersion: 'seawall.dev/v1alpha1',
    kind: 'Policy',
    metadata: { name: 'patterns' },
    spec: { rules: { 'network-tool-image': { classes: { relay: { add } } } } },
  });
}

/** Nanoseconds per byte of a decision on a hostile pod, at growing sizes. */
export interface Growth {
  readonly what: string;
  readonly nanosecondsPerByte: readonly number[];
}

const shares = [0.25, 0.5, 1] as const;

/** One megabyte of what an attacker writes, and a quarter and a half of it. */
export function hostileGrowth(): Growth[] {
  const policy = defaultPolicy();
  const commands: readonly [string, string][] = [
    ['1 MB command, words', 'echo nmap; '],
    ['1 MB command, quotes', `n''m"a"p$x `],
    ['1 MB command, open brackets', '$(('],
    ['1 MB command, pipes to shells', 'echo bm1hcA== | base64 -d | sh\n'],
  ];
  return [
    ...commands.map(([what, unit]) => grow(what, policy, (share) => ({ command: ['sh', '-c', fill(unit, share)] }))),
    grow('1 MB image', policy, (share) => ({ image: fill('a/b-c_d.', share) })),
    grow('100,000 env entries', policy, (share) => ({
      command: ['sh', '-c', 'echo $V1'],
      env: Array.from({ length: 100_000 * share }, (_, index) => ({ name: `V${index}`, value: `\${V${index + 1}}` })),
    })),
  ];
}

function fill(unit: string, share: number): string {
  return unit.repeat(Math.floor((1_000_000 * share) / unit.length));
}

function grow(what: string, policy: Policy, fields: (share: number) => Record<string, unknown>): Growth {
  const nanosecondsPerByte = shares.map((share) => {
    const text = JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      spec: { containers: [{ name: 'app', image: 'registry.example.com/app', ...fields(share) }] },
    });
    const times = Array.from({ length: 5 }, () => {
      const pod: unknown = JSON.parse(text);
      const startedMs = performance.now();
      judge(pod, policy, nowMs);
      return performance.now() - startedMs;
    });
    return (Math.min(...times) * 1e6) / text.length;
  });
  return { what, nanosecondsPerByte };
}

export { defaultPolicy };
