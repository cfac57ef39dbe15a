import { isMirrorPod } from '../audit/life.ts';
import { controllerOf, groupOf } from '../audit/owners.ts';
import type { OwnerReference } from '../report/report.ts';
import { shellWord } from '../report/shell-word.ts';
import type { FalcoEvent } from './falco-event.ts';
import type { Gathered } from './gathered.ts';
import type { GitOpsSource } from './gitops-source.ts';
import type { Step } from './investigation.ts';

export interface NextStepFacts {
  readonly gathered: Gathered;
  readonly root: OwnerReference | undefined;
  readonly source: GitOpsSource | undefined;
  /** Whether who did it is still to be found. */
  readonly unknownAuthor: boolean;
  /** Flags that lead to the same cluster, quoted: ` --context x`. */
  readonly flags: string;
}

/** What to do, in order: keep what would be lost, ask who, mend the cause, see that it is gone. Nothing in it was run. */
export function nextSteps(facts: NextStepFacts): Step[] {
  const { gathered, root, flags } = facts;
  const { pod, state, reference, event, node } = gathered;
  const steps: Step[] = [];
  if (pod !== undefined) steps.push(...evidence(pod.line.namespace, pod.line.name, flags));
  else if (state === 'template' && reference !== undefined)
    steps.push(read('keep the object as it is', `kubectl${flags} get ${target(reference)} -o yaml`));
  if (facts.unknownAuthor) {
    steps.push(
      read(
        'find who did it in the API server’s audit log',
        `seawall investigate${flags} ${subjectWords(gathered)} --audit-log /var/log/kubernetes/audit`,
      ),
    );
  }
  const namespace = reference?.namespace ?? '';
  if (namespace !== '')
    steps.push(read('see who could launch it', `seawall investigate rbac${flags} -n ${shellWord(namespace)}`));
  if (event !== undefined && reference === undefined && node !== '') steps.push(...onNode(node, event.process));
  steps.push(...cure(facts, root));
  return steps;
}

function evidence(namespace: string, name: string, flags: string): Step[] {
  const where = `-n ${shellWord(namespace)}`;
  return [
    read('keep the pod as it is, before it is gone', `kubectl${flags} ${where} get pod ${shellWord(name)} -o yaml`),
    read('keep its output', `kubectl${flags} ${where} logs ${shellWord(name)} --all-containers --timestamps`),
  ];
}

function onNode(node: string, { pid, name }: FalcoEvent['process']): Step[] {
  const steps: Step[] = [];
  const why = `on Node ${node}: whether it still runs, and in which container, if any`;
  if (/^\d{1,10}$/.test(pid)) steps.push(read(why, `cat /proc/${pid}/cgroup /proc/${pid}/status`));
  else if (name !== '') steps.push(read(why, `pgrep -a -x ${shellWord(literally(name))}`));
  steps.push(read(`on Node ${node}: who was logged in at the time`, 'last -F'));
  return steps;
}

/** The extended regular expression that matches just this text; one that began with a hyphen would be an option. */
function literally(text: string): string {
  return text.replace(/[\\^$.|?*+()[{]/g, '\\$&').replace(/^-/, '[-]');
}

function cure({ gathered, source, flags }: NextStepFacts, root: OwnerReference | undefined): Step[] {
  const { pod } = gathered;
  if (pod !== undefined && isMirrorPod(pod.pod, controllerOf(pod.pod))) {
    return [
      {
        why: `on Node ${pod.line.node}: take its manifest away (staticPodPath of the kubelet); to delete the mirror pod changes nothing`,
        command: 'ls /etc/kubernetes/manifests',
        changes: true,
      },
    ];
  }
  if (root === undefined) return [];
  const steps: Step[] = [];
  if (source !== undefined) {
    steps.push({
      why: `its source is ${source.title}: a change in the cluster ${source.reconciles ? 'is undone' : 'lasts until the next release'}; mend it at ${source.changeAt}${source.suspend === undefined ? '' : '; to suspend it meanwhile:'}`,
      ...(source.suspend !== undefined && { command: source.suspend }),
      changes: true,
    });
  }
  steps.push(
    read(
      `plan its removal and see what would change; nothing is changed by that`,
      `seawall remediate plan${flags} ${target(root)}`,
    ),
  );
  return steps;
}

/** Kinds of these are known by their own name alone. */
const plainGroups: ReadonlySet<string> = new Set(['apps', 'batch']);

/** `-n shop deployment/web`, as kubectl and we read it. */
function target({ apiVersion, kind, namespace, name }: OwnerReference): string {
  const group = groupOf(apiVersion);
  const suffix = group === '' || plainGroups.has(group) ? '' : `.${group}`;
  const where = namespace === '' ? '' : `-n ${shellWord(namespace)} `;
  return `${where}${shellWord(`${kind.toLowerCase()}${suffix}/${name}`)}`;
}

function subjectWords({ subject, reference }: Gathered): string {
  switch (subject.type) {
    case 'node':
      return shellWord(`node/${subject.name}`);
    case 'image':
      return shellWord(`image/${subject.image}`);
    case 'event':
      return '--event FILE';
    case 'pod':
    case 'owner':
      return reference === undefined ? shellWord(`${subject.type}/${subject.name}`) : target(reference);
  }
}

function read(why: string, command: string): Step {
  return { why, command, changes: false };
}
