import { isRunning } from '../audit/life.ts';
import { controllerOf } from '../audit/owners.ts';
import type { ObjectVerdict } from '../policy/evaluate.ts';
import { judgeObject } from '../policy/evaluate.ts';
import type { Finding, JsonObject, Severity } from '../policy/finding.ts';
import { severities } from '../policy/finding.ts';
import { asObject, asString } from '../policy/json.ts';
import { podViews } from '../policy/pod-views.ts';
import type { Policy } from '../policy/policy.ts';
import type { OwnerReference } from '../report/report.ts';

/** A network tool that a pod's own spec names. */
export interface DeclaredTool {
  /** As `runs nmap`, in the words of the finding. */
  readonly what: string;
  readonly class: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly container: string;
  readonly image: string;
}

/** A pod in a line. */
export interface PodLine {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly phase: string;
  /** RFC 3339, as the API server has it. */
  readonly created: string;
  readonly hostAccess: readonly string[];
  /** Rules that would refuse it now. */
  readonly refusedBy: readonly string[];
  readonly tools: readonly string[];
  readonly controller?: OwnerReference;
}

/** A pod with what the policy says of it. */
export interface JudgedPod {
  readonly pod: JsonObject;
  readonly verdict: ObjectVerdict;
  readonly line: PodLine;
}

export function judgePod(pod: JsonObject, policy: Policy, nowMs: number): JudgedPod {
  const placed = { value: pod, apiVersion: 'v1', kind: 'Pod', path: [] };
  const verdict = judgeObject(placed, policy, nowMs, {});
  const { namespace, name, creationTimestamp } = asObject(pod['metadata']);
  const controller = controllerOf(pod);
  return {
    pod,
    verdict,
    line: {
      namespace: asString(namespace),
      name: asString(name),
      node: asString(asObject(pod['spec'])['nodeName']),
      phase: asString(asObject(pod['status'])['phase']),
      created: asString(creationTimestamp),
      hostAccess: podViews(placed, [])[0]?.hostAccess ?? [],
      refusedBy: refusedBy(verdict),
      tools: [...new Set(declaredTools(verdict, pod).map(({ what }) => what))],
      ...(controller !== undefined && { controller }),
    },
  };
}

/** The rules that refuse an object. */
export function refusedBy({ findings }: Pick<ObjectVerdict, 'findings'>): string[] {
  return [...new Set(findings.filter(({ action }) => action === 'deny').map(({ rule }) => rule))];
}

const toolRules: ReadonlySet<string> = new Set(['network-tool-image', 'network-tool-command']);

/** Tools that the spec names, the worst first; those that an exemption lets through too. */
export function declaredTools({ findings, exempted }: ObjectVerdict, object: JsonObject): DeclaredTool[] {
  const all: Finding[] = [...findings, ...exempted.map(({ finding }) => finding)];
  const images = imagesByName(object);
  return all
    .filter(({ rule, class: named }) => toolRules.has(rule) && named !== undefined)
    .map(({ rule, severity, container = '', class: named = '', subject, message }) => ({
      what: subject ?? message,
      class: named,
      rule,
      severity,
      container,
      image: images.get(container) ?? '',
    }))
    .toSorted((one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity));
}

function imagesByName(object: JsonObject): ReadonlyMap<string, string> {
  const placed = {
    value: object,
    apiVersion: asString(object['apiVersion']) || 'v1',
    kind: asString(object['kind']) || 'Pod',
    path: [],
  };
  return new Map(
    podViews(placed, []).flatMap(({ containers }) =>
      containers.map(({ name, value }) => [name, asString(value['image'])] as const),
    ),
  );
}

/** Pods that matter most first: a tool with host access, refused, with host access; those that run before those that ended. */
export function worstPodFirst(one: JudgedPod, other: JudgedPod): number {
  return weight(other) - weight(one) || (one.line.name < other.line.name ? -1 : 1);
}

function weight({ pod, line: { tools, hostAccess, refusedBy: rules } }: JudgedPod): number {
  const exposure = (tools.length > 0 ? 4 : 0) + (hostAccess.length > 0 ? 2 : 0) + (rules.length > 0 ? 1 : 0);
  return exposure * 2 + (isRunning(pod) ? 1 : 0);
}
