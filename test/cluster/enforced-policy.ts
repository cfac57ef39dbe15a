import { admissionPolicies } from '../../src/compile/admission-policy.ts';
import type { ClusterObject } from '../../src/compile/webhook-document.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { parsePolicy } from '../../src/policy/policy.ts';
import type { Fields } from '../support/pods.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { waitUntil } from './harness/wait-until.ts';

/** The actions that are compiled, each with what its policy says that it does. */
export const compiledActions = ['deny', 'warn', 'audit'] as const;
export type CompiledAction = (typeof compiledActions)[number];

export function policyOf(spec: Fields): Policy {
  return parsePolicy({ apiVersion: 'seawall.dev/v1alpha1', kind: 'Policy', metadata: { name: 'test' }, spec });
}

/** What the admission policy of one action says of a request: all its messages, or none. */
export interface Answer {
  readonly status: number;
  readonly messages: readonly string[];
  /** What the API server said, where it is none of the policy. */
  readonly other: string;
}

/**
 * The ValidatingAdmissionPolicy of one action, made to refuse, whatever its action, and to fail closed: its messages then
 * come whole, and an expression that cannot be evaluated is seen.
 */
export function enforcedPolicy(policy: Policy, action: CompiledAction): ClusterObject[] {
  return admissionPolicies(policy)
    .filter(({ metadata }) => (metadata as Fields)['name'] === `seawall-${action}`)
    .map((object) => {
      const spec = object['spec'] as Fields;
      return {
        ...object,
        spec:
          object['kind'] === 'ValidatingAdmissionPolicy'
            ? { ...spec, failurePolicy: 'Fail' }
            : { ...spec, validationActions: ['Deny'] },
      };
    });
}

/** Sends a pod, or a change to one; nothing is stored. */
export async function ask(
  controlPlane: ControlPlane,
  method: 'POST' | 'PATCH',
  path: string,
  body: Fields,
): Promise<Answer> {
  const options = method === 'PATCH' ? { contentType: 'application/strategic-merge-patch+json' } : {};
  const answer = await controlPlane.request(method, `${path}?dryRun=All`, body, options);
  const { message = '' } = answer.body as { readonly message?: string };
  const [, list] = /Seawall (?:refuses|warns of|notes) this pod by policy test: (.*)$/.exec(message) ?? [];
  if (list === undefined) return { status: answer.status, messages: [], other: message };
  return { status: answer.status, messages: distinct(list.split('; ')), other: '' };
}

/** Each once, in an order that does not depend on where it was found. */
export function distinct(messages: readonly string[]): readonly string[] {
  return [...new Set(messages)].sort();
}

/** Puts policies in force that refuse the probe, does something, and takes them away. */
export async function whileEnforced<T>(
  controlPlane: ControlPlane,
  policies: readonly ClusterObject[],
  probe: Fields,
  deed: () => Promise<T>,
): Promise<T> {
  const objects = policies as readonly { kind: string; metadata: { name: string } }[];
  const pods = '/api/v1/namespaces/default/pods';
  const body = { ...probe, apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe' } };
  const answersWith = (status: number) =>
    waitUntil(`the probe to be answered with ${status}`, async () =>
      (await ask(controlPlane, 'POST', pods, body)).status === status ? true : undefined,
    );
  try {
    await controlPlane.apply([...objects]);
    await answersWith(403);
    return await deed();
  } finally {
    for (const { kind, metadata } of objects) {
      await controlPlane.kubectl(['delete', kind.toLowerCase(), metadata.name]);
    }
    await answersWith(201);
  }
}
