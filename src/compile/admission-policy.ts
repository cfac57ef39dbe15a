import type { CelList } from '../policy/cel/expression.ts';
import { never, quoted } from '../policy/cel/expression.ts';
import type { PodRoot } from '../policy/cel/pod.ts';
import { isTooMuch } from '../policy/cel/pod.ts';
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

/**
 * ValidatingAdmissionPolicies and their bindings for the rules that an expression decides exactly: they act with Seawall's own
 * messages while no Seawall answers. They never do more than the policy: where an exemption may apply, and of pods with
 * more than `podLimits`, they leave the rule to the webhook.
 */
export function admissionPolicies(policy: Policy): ClusterObject[] {
  return forms.flatMap((form) => {
    const rules = policy.rules.filter(({ definition, settings }) => {
      return definition.exact !== undefined && settings.action === form.action;
    });
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
          'pods with more containers or volumes than the first variable says',
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
        ...rules.map((rule) => ({ name: variableName(rule.definition.id), expression: newMessages(rule, policy) })),
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

/** The messages of a rule that an update brings; of a pod that is created, all. */
function newMessages({ definition }: RuleInForce, policy: Policy): string {
  const told = (root: PodRoot): CelList => definition.exact?.(root) ?? { text: '[]', cost: 0, count: 0 };
  const exempted = exemptedPerhaps(policy, definition.id);
  const spared = exempted.text === never.text ? '' : ` && !(${exempted.text})`;
  const asked = `variables.isLookedAt${spared}`;
  const now = `(${told('object').text})`;
  const before = `request.operation != 'UPDATE' || !(found in (${told('oldObject').text}))`;
  return `// ${definition.id}\n${asked} ? ${now}.filter(found, ${before}) : []`;
}

/** `host-network` as the name of a variable. */
function variableName(id: string): string {
  return id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
