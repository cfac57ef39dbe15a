/*
 * The repair of NET_RAW as a MutatingAdmissionPolicy: what src/policy/fix.ts makes of the findings of `net-raw` and
 * `net-raw-default`, done by the API server itself. Its patch is one the API server applies in the same place of the chain
 * as the webhook's, before it; the webhook then finds nothing left to mend.
 * Source: k8s.io/api/admissionregistration/v1 MutatingAdmissionPolicy; k8s.io/apiserver pkg/admission/plugin/policy/mutating.
 */
import { never } from '../policy/cel/expression.ts';
import { isTooMuch, podLimits } from '../policy/cel/pod.ts';
import type { Policy } from '../policy/policy.ts';
import { exemptedPerhaps } from './exemption-condition.ts';
import { deleting, mirror } from './match-conditions.ts';
import type { ClusterObject } from './webhook-document.ts';

const name = 'seawall-repair';

/** The lists of containers of a pod, and their variables. */
const lists = ['containers', 'initContainers', 'ephemeralContainers'] as const;

/**
 * The MutatingAdmissionPolicy and its binding, for Kubernetes 1.36 and later; nothing where the policy repairs neither rule. It never
 * does more than the policy: where an exemption may apply, of Windows pods, and of containers whose capabilities are beyond
 * `podLimits` or ASCII, it leaves the repair to the webhook.
 */
export function mutatingPolicies(policy: Policy): ClusterObject[] {
  const mended = policy.rules.filter(
    ({ definition, settings }) => settings.fix === true && settings.action !== 'off' && conditions.has(definition.id),
  );
  if (mended.length === 0) return [];
  const rules = mended.map(({ definition }) => definition.id);
  return [policyObject(policy, rules), bindingObject()];
}

function policyObject(policy: Policy, rules: readonly string[]): ClusterObject {
  const others = policy.rules.filter(
    ({ definition, settings }) => settings.fix === true && settings.action !== 'off' && !rules.includes(definition.id),
  );
  const left = [
    ...others.map(({ definition }) => definition.id),
    'updates of pods that are there',
    'pods with more containers or volumes than the first variable says, and containers with more or longer capabilities, or such outside ASCII',
    ...((policy.written.spec.exemptions ?? []).some((each) => each.rules.some((rule) => rules.includes(rule)))
      ? ['what an exemption may cover at some time or for some image']
      : []),
  ];
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    metadata: {
      name,
      annotations: {
        'seawall.dev/compiled-policy': policy.name,
        'seawall.dev/rules': rules.join(', '),
        'seawall.dev/left-to-the-webhook': left.join('; '),
      },
    },
    spec: {
      // A repair is no reason to refuse a pod: what is not mended is judged as it is.
      failurePolicy: 'Ignore',
      // Where another policy or webhook adds a container after this one, it is mended too.
      reinvocationPolicy: 'IfNeeded',
      matchConstraints: {
        matchPolicy: 'Equivalent',
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['seawall'] }],
        },
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
          { apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['pods/ephemeralcontainers'] },
        ],
      },
      matchConditions: [deleting, mirror],
      variables: [...variables(policy, rules), { name: 'mended', expression: sumOf(rules) }],
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: patch() } }],
    },
  };
}

function bindingObject(): ClusterObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name },
  };
}

/** Windows takes no capabilities. Source: src/policy/windows.ts. */
const isWindows = [
  "object.spec.?os.?name.orValue('') == 'windows'",
  'object.spec.?securityContext.?windowsOptions.?hostProcess.orValue(false)',
  'variables.all.exists(c, c.?securityContext.?windowsOptions.?hostProcess.orValue(false))',
].join(' || ');

const addOf = 'c.?securityContext.?capabilities.?add.orValue([])';
const dropOf = 'c.?securityContext.?capabilities.?drop.orValue([])';

/** Whether every name of the two lists is one that is read here as src/policy/capabilities.ts reads it. */
const isRead = [
  `size(${addOf}) <= ${podLimits.capabilities} && size(${dropOf}) <= ${podLimits.capabilities}`,
  `${addOf}.all(a, size(a) <= ${podLimits.capabilityLength} && !a.matches('[^\\\\x00-\\\\x7f]'))`,
].join(' && ');

/** Whether the name `a` of `add` grants one of these. */
function grants(names: string): string {
  return `a.matches('^[\\\\t-\\\\r ]*(?i:cap_)?(?i:${names})[\\\\t-\\\\r ]*$')`;
}

/** Whether the container `c` drops NET_RAW on every runtime. */
const drops = `${dropOf}.exists(d, size(d) <= 7 && d.lowerAscii() in ['net_raw', 'all'])`;

/** When the container `c` is one that a rule has mended, beside what holds for all rules. */
const conditions: ReadonlyMap<string, { readonly variable: string; readonly condition: string }> = new Map([
  [
    'net-raw',
    {
      variable: 'netRaw',
      condition: `${addOf}.exists(a, ${grants('net_raw')}) && !${addOf}.exists(a, ${grants('all')})`,
    },
  ],
  [
    'net-raw-default',
    {
      variable: 'netRawDefault',
      condition: `!c.?securityContext.?privileged.orValue(false) && !${drops} && !${addOf}.exists(a, ${grants('net_raw|all')})`,
    },
  ],
]);

interface Variable {
  readonly name: string;
  readonly expression: string;
}

function variables(policy: Policy, rules: readonly string[]): Variable[] {
  const all = lists.map((list) => `object.spec.?${list}.orValue([])`).join(' + ');
  return [
    { name: 'isLookedAt', expression: `!(${isTooMuch().text})` },
    { name: 'all', expression: `// More than is looked at is none\nvariables.isLookedAt ? ${all} : []` },
    {
      name: 'open',
      expression: [
        '// Containers that may still be changed, and whose capabilities are read here',
        `${isWindows} ? [] : variables.all.filter(c, ${isRead})`,
        "  .filter(c, request.operation != 'UPDATE' || !oldObject.spec.?ephemeralContainers.orValue([]).exists(old, old.name == c.name))",
        "  .filter(c, request.operation != 'UPDATE' || object.spec.?ephemeralContainers.orValue([]).exists(e, e.name == c.name))",
      ].join('\n'),
    },
    ...rules.flatMap((rule) => {
      const own = conditions.get(rule);
      if (own === undefined) return [];
      const exempted = exemptedPerhaps(policy, rule);
      const open = exempted.text === never.text ? 'variables.open' : `(${exempted.text} ? [] : variables.open)`;
      return [{ name: own.variable, expression: `// ${rule}\n${open}.filter(c, ${own.condition}).map(c, c.name)` }];
    }),
  ];
}

function sumOf(rules: readonly string[]): string {
  return rules.map((rule) => `variables.${conditions.get(rule)?.variable ?? ''}`).join(' + ');
}

/** The operations of src/policy/fix.ts: out of `add` with every grant, and NET_RAW into `drop` where nothing drops it. */
function patch(): string {
  return lists.flatMap((list) => [grantsOut(list), dropIn(list)]).join('\n+ ');
}

function grantsOut(list: string): string {
  const isOne = `c.name in variables.mended && ${addOf}.exists(a, ${grants('net_raw')})`;
  const kept = `${addOf}.filter(a, !${grants('net_raw')})`;
  const operation = `JSONPatch{op: 'replace', path: '/spec/${list}/' + string(i) + '/securityContext/capabilities/add', value: ${kept}}`;
  return `object.spec.?${list}.orValue([]).transformList(i, c, ${isOne}, ${operation})`;
}

function dropIn(list: string): string {
  const base = `'/spec/${list}/' + string(i) + '/securityContext'`;
  const operation = [
    `!has(c.securityContext) ? JSONPatch{op: 'add', path: ${base}, value: {'capabilities': {'drop': ['NET_RAW']}}}`,
    `: !has(c.securityContext.capabilities) ? JSONPatch{op: 'add', path: ${base} + '/capabilities', value: {'drop': ['NET_RAW']}}`,
    `: !has(c.securityContext.capabilities.drop) ? JSONPatch{op: 'add', path: ${base} + '/capabilities/drop', value: ['NET_RAW']}`,
    `: JSONPatch{op: 'add', path: ${base} + '/capabilities/drop/-', value: 'NET_RAW'}`,
  ].join('\n    ');
  const isOne = `c.name in variables.mended && !${drops}`;
  return `object.spec.?${list}.orValue([]).transformList(i, c, ${isOne},\n    ${operation})`;
}
