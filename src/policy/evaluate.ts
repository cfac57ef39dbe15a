import type { ExecTarget } from './exec-target.ts';
import { exemptedBy } from './exemptions.ts';
import type { ExemptedFinding, Finding, ObjectReference } from './finding.ts';
import { unknownHostAccess } from './host-access.ts';
import { asObject, asString } from './json.ts';
import type { FindingKind } from './kept-findings.ts';
import { KeptFindings } from './kept-findings.ts';
import type { ContainerView, PodView } from './pod-spec.ts';
import type { PlacedObject } from './pod-views.ts';
import { placedObjects, podViews } from './pod-views.ts';
import type { Policy, RuleInForce } from './policy.ts';
import type { Observation } from './rule.ts';

/** What is known of an object beside itself. */
export interface EvaluationContext {
  /** Namespace of the request; it goes before what the object says of itself. */
  readonly namespace?: string | undefined;
  /** The pod that exec options are for; undefined for one that is unknown, which counts as one with host access. */
  readonly execTarget?: ExecTarget | undefined;
  /**
   * Most findings of one object that are kept of those that are acted on alike; the last one kept tells how many more there
   * are. For whoever must answer a stranger in time. @default all
   */
  readonly maxAlike?: number;
}

/** Everything that the policy says of one object. */
export interface Verdict {
  readonly findings: readonly Finding[];
  /** What an exemption took out of force; counted, never acted on. */
  readonly exempted: readonly ExemptedFinding[];
}

const nothingFound: Verdict = { findings: [], exempted: [] };

const optionKinds: ReadonlySet<string> = new Set(['PodExecOptions', 'PodAttachOptions']);

/** The verdict on one object of those that were given, with its name. */
export interface ObjectVerdict extends Verdict {
  readonly object: ObjectReference;
}

/**
 * Judges a Pod, a workload, exec options, or a List of them, given as plain JSON; silent on every other kind.
 * @param nowMs - milliseconds since the epoch; it decides which exemptions are in force
 */
export function judge(object: unknown, policy: Policy, nowMs: number, context: EvaluationContext = {}): Verdict {
  const placed = placedObjects(object);
  const [only] = placed;
  if (only !== undefined && placed.length === 1) return judgeObject(only, policy, nowMs, context);
  const verdicts = placed.map((each) => judgeObject(each, policy, nowMs, context));
  return {
    findings: verdicts.flatMap(({ findings }) => findings),
    exempted: verdicts.flatMap(({ exempted }) => exempted),
  };
}

/** Judges one object that is not a List; the paths of its findings start where the object stands. */
export function judgeObject(
  placed: PlacedObject,
  policy: Policy,
  nowMs: number,
  context: EvaluationContext,
): ObjectVerdict {
  const exec = optionKinds.has(placed.kind);
  let found: KeptFindings | undefined;
  const object = referenceOf(placed, context);
  for (const view of exec ? [execView(placed, context)] : podViews(placed, policy.kinds)) {
    // One closure for all rules of a view: this is the hot path of admission.
    let rule: RuleInForce | undefined;
    let exemptionOf: ExemptionLookup | undefined;
    const report = (observation: Observation): void => {
      const inForce = rule;
      if (inForce === undefined) return;
      const action = observation.action ?? inForce.settings.action;
      if (action === 'off') return;
      if (policy.exemptions.length > 0) exemptionOf ??= exemptionLookup(view, object.namespace, policy, nowMs);
      const exemption = exemptionOf?.(inForce.definition.id, observation);
      found ??= new KeptFindings(context.maxAlike ?? Infinity);
      const kind = kindOf(inForce, action, observation, view, exemption);
      found.add(kind, () => findingOf(kind, observation, object, inForce));
    };
    for (rule of policy.rules) {
      if (rule.settings.action === 'off' || (rule.definition.judges === 'exec') !== exec) continue;
      rule.check(view, report);
    }
  }
  return { object, ...(found?.verdict() ?? nothingFound) };
}

/**
 * The findings of the policy on an object, exempted ones left out.
 * @param now - the clock; it decides which exemptions are in force
 */
export function evaluate(object: unknown, policy: Policy, now: Date | number, context?: EvaluationContext): Finding[] {
  return [...judge(object, policy, Number(now), context).findings];
}

function kindOf(
  { definition, settings }: RuleInForce,
  action: Finding['action'],
  observation: Observation,
  view: PodView,
  exemption: string | undefined,
): FindingKind {
  return {
    rule: definition.id,
    action,
    severity: observation.severity ?? definition.severity,
    repairable: observation.mend !== undefined && settings.fix === true,
    template: view.template,
    exemption,
  };
}

function findingOf(
  { rule, action, severity, repairable, template }: FindingKind,
  observation: Observation,
  object: ObjectReference,
  { definition, settings }: RuleInForce,
): Finding {
  const { container, mend } = observation;
  return {
    rule,
    action,
    severity,
    object,
    container: container?.name,
    containerPath: container?.path,
    path: observation.path,
    message: observation.message,
    remedy: observation.remedy ?? definition.remedy,
    class: observation.class,
    subject: observation.subject,
    mend,
    repairable,
    fixable: mend !== undefined && (settings.fix ?? definition.repair === 'safe'),
    template,
  };
}

/** The name of the exemption that covers what a rule has observed. */
type ExemptionLookup = (rule: string, observation: Observation) => string | undefined;

/**
 * The exemptions of one view. What rests on the whole pod is looked up once a rule: a hostile pod has thousands of volumes,
 * and each finding would ask for the image of each of thousands of containers.
 */
function exemptionLookup(view: PodView, namespace: string, policy: Policy, nowMs: number): ExemptionLookup {
  const { containers, serviceAccount } = view;
  const lookUp = (rule: string, images: readonly string[]): string | undefined =>
    exemptedBy(policy.exemptions, { rule, namespace, serviceAccount, images }, nowMs);
  const ofPod = new Map<string, string | undefined>();
  return (rule, { image, container }) => {
    if (image !== undefined) return lookUp(rule, [image]);
    if (container !== undefined) return lookUp(rule, [imageOf(container)]);
    if (!ofPod.has(rule)) ofPod.set(rule, lookUp(rule, containers.map(imageOf)));
    return ofPod.get(rule);
  };
}

function imageOf({ value }: ContainerView): string {
  return asString(value['image']);
}

function referenceOf(placed: PlacedObject, context: EvaluationContext): ObjectReference {
  const metadata = asObject(placed.value['metadata']);
  return {
    apiVersion: placed.apiVersion,
    kind: placed.kind,
    namespace: context.namespace ?? (asString(metadata['namespace']) || 'default'),
    name: asString(metadata['name']) || asString(metadata['generateName']),
  };
}

/**
 * Exec options as the only container of a view that has the host access of their target. Its image is that of the
 * container they are for, whatever the options say: an exemption of images must not be had for a word in them.
 */
function execView(placed: PlacedObject, context: EvaluationContext): PodView {
  const target = context.execTarget;
  const name = asString(placed.value['container']);
  const value = { ...placed.value, image: target?.images.get(name) ?? '' };
  return {
    spec: {},
    specPath: placed.path,
    metadata: {},
    metadataPath: placed.path,
    containers: [{ value, securityContext: {}, capabilities: {}, name, path: placed.path, isStep: false }],
    serviceAccount: target?.serviceAccount,
    overlay: false,
    template: false,
    hostAccess: target?.hostAccess ?? unknownHostAccess,
  };
}
