import { costOf, never, quoted } from '../policy/cel/expression.ts';
import { podsVariable } from '../policy/cel/pod-variables.ts';
import { isTooMuch } from '../policy/cel/pod.ts';
import type { CelVariable } from '../policy/cel/told.ts';
import type { Action } from '../policy/finding.ts';
import type { Policy } from '../policy/policy.ts';
import type { RulesByTeller, ToldRule } from './admission-rules.ts';
import { rulesWithAction } from './admission-rules.ts';
import type { MatchCondition } from './match-conditions.ts';
import { deleting, mirror } from './match-conditions.ts';
import type { ClusterObject } from './webhook-document.ts';

/** What the API server does with a validation that fails, for each action that is compiled. */
const forms = [
  { action: 'deny', name: 'seawall-deny', validationActions: ['Deny'], deed: 'refuses' },
  { action: 'warn', name: 'seawall-warn', validationActions: ['Warn'], deed: 'warns of' },
  { action: 'audit', name: 'seawall-audit', validationActions: ['Audit'], deed: 'notes' },
] as const satisfies readonly { action: Action; name: string; validationActions: readonly string[]; deed: string }[];
type Form = (typeof forms)[number];

/** A longer list of messages than this may be longer than the 5 KiB that the API server takes. */
const maxLength = 4_500;

/** Most characters that a message comes to, on an average of many. */
const messageLength = 400;

/** An update is held against what the pod had before only where there are no more messages than this of both together. */
const maxCompared = 600;

/**
 * ValidatingAdmissionPolicies and their bindings for what an expression decides exactly: they act with Seawall's own
 * messages while no Seawall answers. They never do more than the policy: where an exemption may apply, and of pods with
 * more than `podLimits`, they leave the rule to the webhook.
 */
export function admissionPolicies(policy: Policy): ClusterObject[] {
  return forms.flatMap((form) => {
    const rules = rulesWithAction(policy, form.action);
    return rules.told.length === 0 ? [] : [policyObject(policy, form, rules), bindingObject(form)];
  });
}

/** What of the policy no admission policy tells because it would cost too much, one line each. */
export function admissionFallbacks(policy: Policy): string[] {
  return forms.flatMap(({ action, name }) =>
    rulesWithAction(policy, action).left.flatMap(({ rule, reason }) =>
      reason === undefined ? [] : [`${name}: rule ${rule} is left to the webhook: ${reason}`],
    ),
  );
}

function policyObject(policy: Policy, form: Form, rules: RulesByTeller): ClusterObject {
  const { name, action, deed } = form;
  const subject = `Seawall ${deed} this pod by policy ${policy.name}`;
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name, annotations: annotationsOf(policy, form, rules) },
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
      matchConditions: [deleting, mirror, lookedAt],
      variables: admissionVariables(policy, action).map(({ name: variable, comment, value }) => ({
        name: variable,
        expression: `// ${comment}\n${value.text}`,
      })),
      validations: [
        {
          expression: 'size(variables.found) == 0',
          message: subject,
          messageExpression: `${quoted(`${subject}: `)} + variables.told`,
          reason: 'Forbidden',
        },
      ],
    },
  };
}

/** Pods that have more are the webhook's to judge. */
const lookedAt: MatchCondition = {
  name: 'is-looked-at',
  expression: `// No pod may cost more than the API server allows\n!(${isTooMuch().text})`,
};

function annotationsOf(
  policy: Policy,
  { action }: Form,
  { told, left }: RulesByTeller,
): Readonly<Record<string, string>> {
  const ids = told.map(({ rule }) => rule.definition.id);
  const parts = told.flatMap(({ rule: { definition } }) =>
    definition.undecided === undefined ? [] : [`of ${definition.id}: ${definition.undecided}`],
  );
  return {
    'seawall.dev/compiled-policy': policy.name,
    'seawall.dev/rules': ids.join(', '),
    'seawall.dev/left-to-the-webhook': [
      ...left.map(({ rule, reason }) => (reason === undefined ? rule : `${rule}: ${reason}`)),
      ...parts,
      'pods with more containers or volumes than the condition is-looked-at has, and workload templates',
      ...(action === 'deny'
        ? [
            `updates of pods with more than ${maxCompared} findings before and after, and the warning of what a pod keeps at an update`,
          ]
        : []),
      ...(isSomeExempted(policy, ids) ? ['what an exemption may cover at some time or for some image'] : []),
    ].join('\n'),
  };
}

function isSomeExempted({ written }: Policy, ids: readonly string[]): boolean {
  return (written.spec.exemptions ?? []).some(({ rules }) => rules.some((rule) => ids.includes(rule)));
}

function bindingObject({ name, validationActions }: Form): ClusterObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: [...validationActions] },
  };
}

/** The variables of the policy of one action: what several rules use, then one for each rule, then what they come to. */
export function admissionVariables(policy: Policy, action: Action): CelVariable[] {
  const rules = rulesWithAction(policy, action).told;
  // A warning is given of all that there is, a refusal only of what an update brings.
  const comparesUpdates = action === 'deny';
  const used = new Map<string, CelVariable>();
  const use = (variable: CelVariable): void => {
    if (used.has(variable.name)) return;
    variable.uses.forEach(use);
    used.set(variable.name, variable);
  };
  for (const { told } of rules) told.uses.forEach(use);
  const exemptions = exemptionVariables(rules);
  const own = rules.map((rule) => ruleVariable(rule, exemptions.get(rule.exempted.text)));
  const count = rules.reduce((sum, { told }) => sum + told.count, 0);
  const shared = [...used.values(), ...exemptions.values()];
  return [podsVariable(comparesUpdates), ...shared, ...own, ...results(own, count, comparesUpdates)];
}

/** What the variables of all rules come to: every message, those that are new, and the one text of them. */
function results(own: readonly CelVariable[], count: number, comparesUpdates: boolean): CelVariable[] {
  const result = (name: string, comment: string, text: string, cost: number): CelVariable => ({
    ...{ name, comment, uses: [] },
    value: { text, cost: cost + count * 30 + 4 * costOf.traversal(count * messageLength) },
  });
  const lines = (pod: number): string =>
    `(${own.map(({ name }) => `variables.${name}[${pod}]`).join(' + ')})\n  .join('\\n').split('\\n').filter(m, m != '')`;
  const isTooMany = `size(variables.now) + size(variables.before) > ${maxCompared}`;
  const anew = 'variables.now.filter(m, !(m in variables.before))';
  return [
    ...(comparesUpdates
      ? [
          result('now', 'Every message, one by one', lines(0), 0),
          result('before', 'What an update had before', `request.operation != 'UPDATE' ? [] : ${lines(1)}`, 0),
          result(
            'found',
            'What is new',
            `size(variables.before) == 0 ? variables.now\n: ${isTooMany} ? []\n: ${anew}`,
            (maxCompared / 2) ** 2,
          ),
        ]
      : [result('found', 'Every message, one by one', lines(0), 0)]),
    result(
      'told',
      'As one message of at most 5 KiB',
      `[variables.found.join('; ')].map(m, size(m) > ${maxLength} ? string(size(variables.found)) + ' findings' : m)[0]`,
      40,
    ),
  ];
}

/** What the exemptions of each rule may cover, by its text: those of hundreds of namespaces are most often the same for many rules. */
function exemptionVariables(rules: readonly ToldRule[]): ReadonlyMap<string, CelVariable> {
  const spared = rules.filter(({ exempted }) => exempted.text !== never.text);
  const byText = Map.groupBy(spared, ({ exempted }) => exempted.text);
  const variables = [...byText].map(([text, some], index): [string, CelVariable] => {
    const ids = some.map(({ rule }) => rule.definition.id).join(', ');
    const cost = Math.max(...some.map(({ exempted }) => exempted.cost));
    const comment = `Where an exemption may cover ${ids}`;
    return [text, { name: `exempted${index + 1}`, comment, value: { text, cost }, uses: [] }];
  });
  return new Map(variables);
}

function ruleVariable({ rule: { definition }, told }: ToldRule, exemption: CelVariable | undefined): CelVariable {
  const { id } = definition;
  const name = id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  if (exemption === undefined) return { name, comment: id, value: told, uses: [] };
  const text = `variables.${exemption.name} ? [[], []]\n: ${told.text}`;
  return { name, comment: `${id}, where no exemption may cover it`, value: { text, cost: told.cost + 4 }, uses: [] };
}
