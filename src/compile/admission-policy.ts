import type { CelList } from '../policy/cel/expression.ts';
import { costLimit, never, quoted } from '../policy/cel/expression.ts';
import type { PodRoot } from '../policy/cel/pod.ts';
import { isTooMuch } from '../policy/cel/pod.ts';
import { nothingTold } from '../policy/cel/told.ts';
import type { Action } from '../policy/finding.ts';
import type { Policy, RuleInForce } from '../policy/policy.ts';
import { exemptedPerhaps } from './exemption-condition.ts';
import { deleting, mirror } from './match-conditions.ts';
import type { ClusterObject } from './webhook-document.ts';

/** What the API server does with a validation that fails, for each action that is compiled. */
const forms = [
  { action: 'deny', name: 'seawall-deny', validationActions: ['Deny'], deed: 'refuses' },
  { action: 'warn', name: 'seawall-warn', validationActions: ['Warn'], deed: 'warns of' },
  { action: 'audit', name: 'seawall-audit', validationActions: ['Audit'], deed: 'notes' },
] as const satisfies readonly { action: Action; name: string; validationActions: readonly string[]; deed: string }[];

/** More messages than this would make one longer than the 5 KiB that the API server takes. */
const maxTold = 20;

/** An update is held against what the pod had before only where a rule finds no more than this in it. */
const maxCompared = 64;

/**
 * ValidatingAdmissionPolicies and their bindings for the rules that an expression decides exactly: they act with Seawall's own
 * messages while no Seawall answers. They never do more than the policy: where an exemption may apply, and of pods with
 * more than `podLimits`, they leave the rule to the webhook.
 */
export function admissionPolicies(policy: Policy): ClusterObject[] {
  return forms.flatMap((form) => {
    const rules = policy.rules.filter((rule) => isDecided(rule, form.action));
    return rules.length === 0 ? [] : [policyObject(policy, form, rules), bindingObject(form)];
  });
}

function policyObject(
  policy: Policy,
  { name, action, deed }: (typeof forms)[number],
  rules: readonly RuleInForce[],
): ClusterObject {
  const names = rules.map(({ definition }) => variableName(definition.id));
  const found = names.map((each) => `variables.${each}`).join(' + ');
  const left = policy.rules
    .filter((rule) => mayAct(rule, action) && !rules.includes(rule))
    .map(({ definition }) => definition.id);
  const prefix = quoted(`Seawall ${deed} this pod by policy ${policy.name}: `);
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: {
      name,
      annotations: {
        'seawall.dev/compiled-policy': policy.name,
        'seawall.dev/rules': rules.map(({ definition }) => definition.id).join(', '),
        'seawall.dev/left-to-the-webhook': [
          ...left,
          ...rules.flatMap(({ definition: { id, undecided } }) =>
            undecided === undefined ? [] : [`of ${id}: ${undecided}`],
          ),
          'pods with more containers or volumes than the first variable says',
          `updates of pods in which a rule finds more than ${maxCompared} things`,
          'workload templates',
        ].join(', '),
      },
    },
    spec: {
      failurePolicy: action === 'deny' ? 'Fail' : 'Ignore',
      matchConstraints: {
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['seawall'] }],
        },
        resourceRules: [
          { apiGroups: [''], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: ['pods'] },
          { apiGroups: [''], apiVersions: ['*'], operations: ['UPDATE'], resources: ['pods/ephemeralcontainers'] },
        ],
      },
      matchConditions: [deleting, mirror],
      variables: [
        { name: 'isLookedAt', expression: `!(${isTooMuch().text})` },
        ...rules.map((rule) => ({
          name: variableName(rule.definition.id),
          expression: newMessages(rule, policy, action),
        })),
        { name: 'found', expression: found },
      ],
      validations: [
        {
          expression: 'size(variables.found) == 0',
          message: `Seawall ${deed} this pod by policy ${policy.name}`,
          messageExpression: `${prefix} + (size(variables.found) > ${maxTold} ? string(size(variables.found)) + ' findings' : variables.found.join('; '))`,
          reason: 'Forbidden',
        },
      ],
    },
  };
}

function bindingObject({ name, validationActions }: (typeof forms)[number]): ClusterObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: [...validationActions] },
  };
}

/** Whether something of the rule has this action. */
function mayAct({ definition, settings }: RuleInForce, action: Action): boolean {
  const classes = [...settings.classes.values()].flatMap((each) => [each.action, each.hostAccess]);
  return definition.judges !== 'exec' && [settings.action, ...classes].includes(action);
}

/** Whether the rule's findings of this action are an expression's to tell, at a cost that the API server bears. */
function isDecided(rule: RuleInForce, action: Action): boolean {
  const told = toldOf(rule, 'object', action);
  // An update asks for those of the old object too, and compares each with them.
  return told.text !== nothingTold.text && 2 * told.cost + told.count * 100 < costLimit / 2;
}

function toldOf({ definition, settings }: RuleInForce, root: PodRoot, action: Action): CelList {
  if (definition.exact === undefined || settings.action === 'off') return nothingTold;
  if (definition.classes === undefined && settings.action !== action) return nothingTold;
  return definition.exact(root, settings, action);
}

/** The messages of a rule that an update brings; of a pod that is created, all. */
function newMessages(rule: RuleInForce, policy: Policy, action: Action): string {
  const { definition } = rule;
  const told = (root: PodRoot): CelList => toldOf(rule, root, action);
  const exempted = exemptedPerhaps(policy, definition.id);
  const spared = exempted.text === never.text ? '' : ` && !(${exempted.text})`;
  const asked = `variables.isLookedAt${spared}`;
  // Both lists are made once: what an update had before is asked for by every finding.
  const brought = `size(now) > ${maxCompared} ? [] : [${told('oldObject').text}].map(before, now.filter(found, !(found in before)))[0]`;
  const found = `[${told('object').text}].map(now, request.operation != 'UPDATE' ? now : ${brought})[0]`;
  return `// ${definition.id}\n${asked} ? ${found} : []`;
}

/** `host-network` as the name of a variable. */
function variableName(id: string): string {
  return id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
