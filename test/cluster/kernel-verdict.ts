/** Whether what Seawall did with a pod and what the kernel says of it go together. */
import type { Fields } from '../support/pods.ts';
import type { WitnessPod } from './arbitrary-witness-pods.ts';
import type { WitnessReport } from './harness/witness.ts';
import type { KernelFact, NodeSight } from './kernel-facts.ts';
import { heldCapabilities, kernelFacts } from './kernel-facts.ts';
import type { Outcome, Refusal } from './witnessed-runs.ts';

/** What became of one cause of a denial when the pod ran without Seawall. */
export type Confirmation =
  | 'confirmed'
  /** This runtime does not grant it in that spelling or beside that drop; another one does (SPEC: capabilities). */
  | 'granted elsewhere'
  /** No process of this machine has the capability. */
  | 'beyond this machine'
  | 'not started'
  | 'superstition';

/** What admitted containers can do that a rule forbids, each with container and evidence; empty where nothing escaped. */
export function escapes({ guarded }: Outcome, node: NodeSight): readonly string[] {
  return [...(guarded?.reports ?? [])].flatMap(([container, report]) =>
    [...kernelFacts(report, node)].map(([fact, evidence]) => `${container}: ${fact}: ${evidence}`),
  );
}

/** Confirms each cause of a denial by what the containers said that ran without Seawall. */
export function confirmations(
  { refusals, unguarded }: Outcome,
  pod: WitnessPod,
  node: NodeSight,
): readonly (readonly [Refusal, Confirmation])[] {
  return refusals.map((refusal) => [refusal, confirmation(refusal, unguarded?.reports ?? new Map(), pod, node)]);
}

const ofWholePod: ReadonlySet<string> = new Set(['host-network', 'host-pid', 'host-ipc']);

/** Rules whose finding is a fact under another name. */
const factOfRule: ReadonlyMap<string, KernelFact> = new Map<string, KernelFact>([
  ['host-network', 'host-network'],
  ['host-pid', 'host-pid'],
  ['host-ipc', 'host-ipc'],
  ['privileged', 'privileged'],
  ['net-raw-default', 'net-raw'],
]);

function confirmation(
  { rule, field }: Refusal,
  reports: ReadonlyMap<string, WitnessReport>,
  pod: WitnessPod,
  node: NodeSight,
): Confirmation {
  const container = containerAt(pod, field);
  const report = ofWholePod.has(rule) ? [...reports.values()][0] : reports.get(String(container?.['name']));
  if (report === undefined) return 'not started';
  const fact = factOfRule.get(rule);
  if (fact !== undefined) return kernelFacts(report, node).has(fact) ? 'confirmed' : 'superstition';
  const { entry, drop } = capabilitiesAt(container ?? {}, field);
  const name = capabilityMeant(rule, entry);
  if (heldCapabilities(report).has(name)) return 'confirmed';
  if (!/^(?!CAP_)[A-Z_]+$/i.test(entry)) return 'granted elsewhere';
  // containerd and CRI-O take away what is dropped after they have given what is added, docker the other way round.
  const dropped = drop.map((each) => each.toUpperCase());
  if (dropped.includes(entry.toUpperCase()) || dropped.includes(name)) return 'granted elsewhere';
  return node.capabilities.has(name) ? 'superstition' : 'beyond this machine';
}

/** ALL brings, among others, what the rule is about. */
function capabilityMeant(rule: string, entry: string): string {
  if (rule === 'net-raw') return 'NET_RAW';
  return entry.toUpperCase() === 'ALL' ? 'SYS_ADMIN' : entry.toUpperCase();
}

/** The container that a field path begins with; undefined where it is about the whole pod. */
function containerAt({ spec, joins }: WitnessPod, field: string): Fields | undefined {
  const [, list = '', index = ''] = /^spec\.(\w+)\[(\d+)\]/.exec(field) ?? [];
  const containers = (list === 'ephemeralContainers' ? [joins] : (spec[list] ?? [])) as readonly Fields[];
  return containers[Number(index)];
}

function capabilitiesAt(
  container: Fields,
  field: string,
): { readonly entry: string; readonly drop: readonly string[] } {
  const { capabilities } = container['securityContext'] as {
    readonly capabilities: { readonly add: readonly string[]; readonly drop?: readonly string[] };
  };
  const index = Number(/\.add\[(\d+)\]$/.exec(field)?.[1]);
  const entry = capabilities.add[index];
  if (entry === undefined) throw new Error(`no capability is added at ${field}`);
  return { entry, drop: capabilities.drop ?? [] };
}
