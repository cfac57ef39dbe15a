import { toJsonPointer } from '../policy/json-patch.ts';
import type { GitOpsSource } from '../investigate/gitops-source.ts';
import { plainLine } from '../telemetry/plain-line.ts';
import type { Change } from './change.ts';

/** What to do where the source of an object is elsewhere: the patch for there, and how to stop who would bring it back. */
export function byHand({ title, changeAt, suspend, resume }: GitOpsSource, changes: readonly Change[]): string[] {
  const patches = changes.flatMap((change) => (change.kind === 'patch' ? kustomizePatch(change) : []));
  return [
    `# change it at ${plainLine(changeAt)}`,
    ...patches,
    ...(suspend === undefined ? [] : [`# or stop ${plainLine(title)}, and plan with --override-gitops:`, suspend]),
    ...(resume === undefined ? [] : ['# and start it again afterwards:', resume]),
  ];
}

/**
 * An entry for `patches` of a kustomization. The values are JSON, which is YAML.
 * Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/
 */
function kustomizePatch({ object, operations }: Extract<Change, { readonly kind: 'patch' }>): string[] {
  const target = { kind: object.kind, name: object.name, namespace: object.namespace };
  return [
    'patches:',
    `- target: ${JSON.stringify(target)}`,
    '  patch: |',
    ...operations.map((each) => `    - ${JSON.stringify({ ...each, path: toJsonPointer(each.path) })}`),
  ];
}
