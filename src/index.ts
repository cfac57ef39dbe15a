/**
 * Seawall as a library: `evaluate(object, parsePolicy(value), new Date())` gives the same findings as every command.
 * @packageDocumentation
 */
export type { EvaluationContext, Verdict } from './policy/evaluate.ts';
export { evaluate, judge } from './policy/evaluate.ts';
export type { ExecTarget } from './policy/exec-target.ts';
export { readExecTarget } from './policy/exec-target.ts';
export type { Action, ExemptedFinding, FieldPath, Finding, Mend, ObjectReference, Severity } from './policy/finding.ts';
export { formatPath } from './policy/finding.ts';
export type { Repair } from './policy/fix.ts';
export { repair } from './policy/fix.ts';
export type { PatchOperation } from './policy/json-patch.ts';
export { applyPatch, serializePatch, toJsonPointer } from './policy/json-patch.ts';
export type { Policy, PolicyProblem } from './policy/policy.ts';
export { defaultPolicy, parsePolicy, PolicyError, policyJsonSchema } from './policy/policy.ts';
export type { ClassDefinition, RuleDefinition } from './policy/rule.ts';
export { ruleDefinitions } from './policy/rules/index.ts';
