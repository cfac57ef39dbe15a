/*
 * The policy file: its shape, and the way from an unknown value to the policy in force. The one schema below is what
 * files are read by and what the published JSON Schema is made from.
 */
import { z } from 'zod';

import { limits, defaultPolicyName, profiles } from './defaults.ts';
import { effectiveRules } from './effective-rules.ts';
import type { EffectiveRules } from './effective-rules.ts';
import type { Exemption } from './exemptions.ts';
import { actions } from './finding.ts';
import { policyChecks } from './policy-checks.ts';
import { compileExemption } from './policy-exemptions.ts';
import { PolicyError } from './policy-problem.ts';
import type { PolicyProblem } from './policy-problem.ts';
import { standingWarnings } from './policy-warnings.ts';
import type { ClassDefinition, RuleDefinition } from './rule.ts';
import { ruleDefinitions } from './rules/index.ts';
import { problemsOfIssue, reasonsAgainstKeys } from './schema-issues.ts';
import type { CustomKind } from './workload-kinds.ts';
import type { WrittenKind, WrittenPolicy, WrittenRule } from './written-policy.ts';

export type { Profile } from './defaults.ts';
export type { Origin, RuleInForce } from './effective-rules.ts';
export { formatProblem, PolicyError } from './policy-problem.ts';
export type { PolicyProblem } from './policy-problem.ts';
export { policyWarnings } from './policy-warnings.ts';
export type { CustomKind } from './workload-kinds.ts';

export const policyApiVersion = 'seawall.dev/v1alpha1';
export const policyKind = 'Policy';

/** What every face judges by. */
export interface Policy extends EffectiveRules {
  readonly name: string;
  /** In the file's order; the one at an index is the one of `written.spec.exemptions` there. */
  readonly exemptions: readonly Exemption[];
  readonly kinds: readonly CustomKind[];
  /** What its owner should know at any time; `policyWarnings` adds what depends on the day. */
  readonly warnings: readonly PolicyProblem[];
  /** The file that it was read from, as its author wrote it. */
  readonly written: WrittenPolicy;
}

/**
 * Reads a policy from a plain value, as a YAML or JSON reader returns it.
 * @throws {PolicyError} with every problem of the value, each naming its field and the nearest known word
 */
export function parsePolicy(value: unknown): Policy {
  return compilePolicy(value, ruleDefinitions);
}

/** The policy in force where no file is given. */
export function defaultPolicy(): Policy {
  return parsePolicy({
    apiVersion: policyApiVersion,
    kind: policyKind,
    metadata: { name: defaultPolicyName },
    spec: {},
  });
}

/** JSON Schema (draft 2020-12) of the policy file. */
export function policyJsonSchema(definitions: readonly RuleDefinition[] = ruleDefinitions): Record<string, unknown> {
  return z.toJSONSchema(schemaOf(definitions), { target: 'draft-2020-12', io: 'input' });
}

/**
 * `parsePolicy` for another list of rules.
 * @throws {PolicyError}
 */
export function compilePolicy(value: unknown, definitions: readonly RuleDefinition[]): Policy {
  const result = schemaOf(definitions).safeParse(value);
  const checks = policyChecks(value, definitions);
  if (!result.success) {
    const jsonSchema = policyJsonSchema(definitions);
    const reasonOf = reasonsAgainstKeys(definitions);
    const issues = result.error.issues.flatMap((issue) => problemsOfIssue(issue, value, jsonSchema, reasonOf));
    throw new PolicyError([...issues, ...checks]);
  }
  if (checks.length > 0) throw new PolicyError(checks);
  const written: WrittenPolicy = result.data;
  const effective = effectiveRules(written.spec, definitions);
  return {
    ...effective,
    name: written.metadata.name,
    exemptions: (written.spec.exemptions ?? []).map(compileExemption),
    kinds: (written.spec.kinds ?? []).map(readKind),
    warnings: standingWarnings(written.spec, effective),
    written,
  };
}

function readKind({ group, kind, podSpecs = [], containers = [], hostFields = [] }: WrittenKind): CustomKind {
  return { group, kind, podSpecs, containers, hostFields };
}

const profileNames = profiles.map(({ name }) => name);
const text = z.string().min(1).max(limits.stringLength);
const sentence = text.regex(/\S/, 'must not be blank');
const label = text.max(63).regex(/^[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?$/, {
  error: 'must be small letters, digits, "-" and ".", with a letter or digit at both ends',
});
const action = z.enum(actions);
const list = (entry: z.ZodString): z.ZodArray<z.ZodString> => z.array(entry).min(1).max(limits.patterns);
const fieldPath = text.regex(/^[A-Za-z_][\w-]*(?:\[\*\]|\.\*|\.[A-Za-z_][\w-]*)*$/, {
  error: 'must be a field path such as spec.tasks[*].template.spec, where [*] and .* stand for every element',
});

/** Making a schema takes longer than reading a policy by it. */
const schemas = new WeakMap<readonly RuleDefinition[], ReturnType<typeof policySchema>>();

function schemaOf(definitions: readonly RuleDefinition[]): ReturnType<typeof policySchema> {
  const made = schemas.get(definitions) ?? policySchema(definitions);
  schemas.set(definitions, made);
  return made;
}

function policySchema(definitions: readonly RuleDefinition[]) {
  const spec = z.strictObject({
    profile: z
      .enum(profileNames)
      .describe(profiles.map(({ name, summary }) => `${name}: ${summary}`).join(' '))
      .optional(),
    workloads: action
      .describe('Strongest action for findings in templates of workloads; pods are judged by the rules.')
      .optional(),
    rules: z
      .strictObject(Object.fromEntries(definitions.map((each) => [each.id, ruleSchema(each).optional()])))
      .describe('Settings by rule; a rule that is not named keeps what the profile gives it.')
      .optional(),
    exemptions: z.array(exemptionSchema(definitions)).max(limits.exemptions).optional(),
    kinds: z
      .array(kindSchema)
      .max(limits.kinds)
      .describe('Custom workload kinds to judge besides the built-in ones, in any version.')
      .optional(),
  });
  return z
    .strictObject({
      apiVersion: z.literal(policyApiVersion),
      kind: z.literal(policyKind),
      metadata: z.strictObject({ name: label.describe('Name of the policy in reports and logs.') }),
      spec,
    })
    .meta({ title: 'Seawall policy', description: 'Which findings Seawall refuses, warns of and repairs.' });
}

function ruleSchema(definition: RuleDefinition): z.ZodType<WrittenRule> {
  const { classes, tokens, repair } = definition;
  const shape: Record<string, z.ZodType> = {};
  const forClasses = classes === undefined ? '' : ' Sets every class of the rule, in both columns.';
  shape['action'] = action.describe(`Default: ${definition.action}.${forClasses}`).optional();
  if (repair !== undefined) {
    const byDefault = String(definition.fixByDefault ?? false);
    shape['fix'] = z.boolean().describe(`Whether the mutating webhook repairs it. Default: ${byDefault}.`).optional();
  }
  if (tokens !== undefined) {
    shape['tokens'] = action.describe(`For a part of the last name of an image. Default: ${tokens}.`).optional();
  }
  if (classes !== undefined) {
    const editable = definition.entriesFrom === undefined;
    shape['classes'] = z
      .strictObject(Object.fromEntries(classes.map((each) => [each.name, classSchema(each, editable).optional()])))
      .optional();
  }
  return z.strictObject(shape).describe(definition.finds);
}

function classSchema({ name, summary, ...defined }: ClassDefinition, editable: boolean) {
  const actionsOfClass = z.strictObject({
    action: action
      .describe(`Default: ${defined.action}. Sets the action with host access too, unless hostAccess is given.`)
      .optional(),
    hostAccess: action.describe(`For pods with host access. Default: ${defined.hostAccess}.`).optional(),
  });
  const entries = {
    add: list(text).describe('Entries to add to the class.').optional(),
    remove: list(text).describe('Entries to take out of the class.').optional(),
  };
  return (editable ? actionsOfClass.extend(entries) : actionsOfClass).describe(`${name}: ${summary}`);
}

function exemptionSchema(definitions: readonly RuleDefinition[]) {
  return z
    .strictObject({
      name: label.describe('Its name in reports, metrics and audit annotations; no two are the same.'),
      reason: sentence.describe('Why it is right.'),
      owner: sentence.describe('Who answers for it.'),
      expires: z.iso
        .date()
        .describe('Last day (UTC) on which it is in force, as YYYY-MM-DD; without it, it has no end.')
        .optional(),
      rules: z
        .array(z.enum(definitions.map(({ id }) => id)))
        .min(1)
        .max(definitions.length)
        .describe('The rules that it covers.'),
      namespaces: list(text).describe('Names of namespaces, with * for any part.').optional(),
      images: list(text).describe('Patterns of whole canonical image references, registry included.').optional(),
      serviceAccounts: list(text).describe('namespace/name, with * for any part of either.').optional(),
    })
    .meta({
      description: 'What is let through. All of namespaces, images and serviceAccounts that it names must match.',
      anyOf: ['namespaces', 'images', 'serviceAccounts'].map((selector) => ({ required: [selector] })),
    });
}

const kindSchema = z
  .strictObject({
    group: text.max(253).regex(/^[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?$/, 'must be an API group such as batch.example.com'),
    kind: text.max(63).regex(/^[A-Z][A-Za-z0-9]*$/, 'must be a kind such as BatchRun'),
    podSpecs: list(fieldPath)
      .describe('Paths to pod specs: spec.template.spec, spec.tasks[*].template.spec.')
      .optional(),
    containers: list(fieldPath).describe('Paths to single containers outside a pod spec: spec.steps[*].').optional(),
    hostFields: list(fieldPath).describe('Paths to host fields outside a pod spec: spec.hostNetwork.').optional(),
  })
  .meta({
    description: 'A kind whose objects make pods.',
    anyOf: ['podSpecs', 'containers'].map((field) => ({ required: [field] })),
  });
