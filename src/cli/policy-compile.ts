import { admissionFallbacks, admissionPolicies } from '../compile/admission-policy.ts';
import { jsonDocument, yamlDocuments } from '../compile/document-text.ts';
import { mutatingPolicies } from '../compile/mutating-policy.ts';
import type { ClusterObject } from '../compile/webhook-document.ts';
import { conditionedWebhooks, webhookDocuments } from '../compile/webhook-document.ts';
import type { Policy } from '../policy/policy.ts';
import { plainLine } from '../report/terminal.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';
import { loadPolicy } from './load-policy.ts';

/** What the policy can be compiled to. */
export const compiledForms = ['webhook', 'admission-policy', 'mutating-policy'] as const;
export type CompiledForm = (typeof compiledForms)[number];

export interface PolicyCompileOptions {
  readonly output: 'yaml' | 'json';
  /** @default every form */
  readonly form?: CompiledForm | undefined;
  /** Policy file; the built-in policy where it is absent. */
  readonly policy?: string | undefined;
}

/** `seawall policy compile`: the policy as CEL that the API server evaluates itself, to be applied from a file or from Git. */
export async function policyCompileCommand(options: PolicyCompileOptions, io: CommandIo): Promise<number> {
  const policy = await loadPolicy(options.policy);
  const forms = options.form === undefined ? compiledForms : [options.form];
  const objects = forms.flatMap((form) => compilers[form](policy));
  for (const line of forms.flatMap((form) => fallbacks[form](policy))) io.stderr(`${plainLine(line, 500)}\n`);
  io.stdout(options.output === 'json' ? jsonDocument(objects) : yamlDocuments(objects));
  return exitCodes.ok;
}

const compilers: Readonly<Record<CompiledForm, (policy: Policy) => ClusterObject[]>> = {
  webhook: webhookDocuments,
  'admission-policy': admissionPolicies,
  'mutating-policy': mutatingPolicies,
};

/** What a rule comes to that cannot be compiled, and why: one line each. */
const fallbacks: Readonly<Record<CompiledForm, (policy: Policy) => string[]>> = {
  webhook: (policy) =>
    conditionedWebhooks.flatMap(({ name, compile }) =>
      compile(policy).pod.rules.flatMap(({ rule, fallback }) =>
        fallback === undefined ? [] : [`${name}: rule ${rule} has the webhook called for every pod: ${fallback}`],
      ),
    ),
  'admission-policy': admissionFallbacks,
  'mutating-policy': () => [],
};
