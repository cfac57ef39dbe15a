/*
 * What holds where the policy file says nothing: the profiles, and the actions of the classes of network tools.
 * Each rule's own defaults stand in its definition; the names that a class holds stand in its data file.
 */
import type { Action, Severity } from './finding.ts';
import type { ClassDefinition } from './rule.ts';

/** How strict the defaults are; what the policy file says of a rule wins over its profile. */
export type Profile = 'observe' | 'default' | 'strict';

export interface ProfileDefinition {
  readonly name: Profile;
  readonly summary: string;
  /** The action that every rule and every class gets, whatever its definition says; undefined keeps the definition's. */
  readonly action: Action | undefined;
  /** Whether repairs are made; undefined keeps the definition's. */
  readonly fix: boolean | undefined;
  /** What is made of findings in templates of workloads. */
  readonly workloads: Action;
}

export const profiles: readonly ProfileDefinition[] = [
  {
    name: 'observe',
    summary: 'Reports everything, refuses, warns of and repairs nothing.',
    action: 'audit',
    fix: false,
    workloads: 'audit',
  },
  {
    name: 'default',
    summary: 'Each rule as its page says.',
    action: undefined,
    fix: undefined,
    workloads: 'warn',
  },
  {
    name: 'strict',
    summary: 'Refuses on every finding, in workload templates too; a match by a part of an image name stays at audit.',
    action: 'deny',
    fix: undefined,
    workloads: 'deny',
  },
];

/** The action of a class of tools without and with host access; images and commands alike. */
export interface ToolClass {
  readonly name: string;
  readonly action: Action;
  readonly hostAccess: Action;
  /** Severity in a pod without host access; with it a network tool is critical. */
  readonly severity: Severity;
  readonly summary: string;
}

/** In the order in which a name that stood in two of them would be judged. */
export const toolClasses = [
  {
    name: 'swiss-army',
    action: 'deny',
    hostAccess: 'deny',
    severity: 'high',
    summary: 'images that bring a whole kit of network tools',
  },
  {
    name: 'capture',
    action: 'deny',
    hostAccess: 'deny',
    severity: 'high',
    summary: 'tools that record packets off the wire',
  },
  {
    name: 'scanner',
    action: 'deny',
    hostAccess: 'deny',
    severity: 'high',
    summary: 'tools that look for hosts, ports and holes',
  },
  {
    name: 'spoof',
    action: 'deny',
    hostAccess: 'deny',
    severity: 'high',
    summary: 'tools that forge packets or sit between two parties',
  },
  {
    name: 'offensive',
    action: 'deny',
    hostAccess: 'deny',
    severity: 'high',
    summary: 'attack frameworks and distributions',
  },
  {
    name: 'relay',
    action: 'warn',
    hostAccess: 'deny',
    severity: 'medium',
    summary: 'tools that carry a connection elsewhere; half the world waits for its database with one',
  },
  {
    name: 'namespace-entry',
    action: 'warn',
    hostAccess: 'deny',
    severity: 'high',
    summary: 'programs that step into namespaces or into a mount of the host',
  },
  {
    name: 'dns',
    action: 'audit',
    hostAccess: 'warn',
    severity: 'low',
    summary: 'tools that ask name servers',
  },
  {
    name: 'terminal',
    action: 'audit',
    hostAccess: 'warn',
    severity: 'low',
    summary: 'remote terminals in clear text',
  },
  {
    name: 'bandwidth',
    action: 'audit',
    hostAccess: 'warn',
    severity: 'low',
    summary: 'tools that load a network to measure it',
  },
] as const satisfies readonly ToolClass[];

export type ToolClassName = (typeof toolClasses)[number]['name'];

/** The classes of tools that `entries` names, each with the names that it holds. */
export function toolClassDefinitions(
  entries: ReadonlyMap<ToolClassName, readonly string[]>,
): readonly ClassDefinition[] {
  return toolClasses.flatMap((toolClass) => {
    const names = entries.get(toolClass.name);
    return names === undefined ? [] : [{ ...toolClass, entries: names }];
  });
}

/** Most patterns and names in one policy, most exemptions, longest string: a file beyond them is refused. */
export const limits = { patterns: 10_000, exemptions: 1_000, kinds: 1_000, stringLength: 1_024 } as const;

/** Name of the policy in force where no file is given. */
export const defaultPolicyName = 'default';

/** Why the policy file may not ask for a repair, for rules that people ask it of. */
export const reasonsAgainstRepair: ReadonlyMap<string, string> = new Map([
  ['host-network', 'leaving the host network changes the ports and the DNS of the application'],
  ['privileged', 'what a privileged container needs cannot be known from outside'],
  ['host-process', 'a host process has no other way to run'],
  ['host-path', 'the application would lose the files that it reads'],
  ['network-tool-image', 'an image is never replaced'],
  ['network-tool-command', 'a command is never rewritten'],
  ['network-tool-exec', 'a command is never rewritten'],
]);
