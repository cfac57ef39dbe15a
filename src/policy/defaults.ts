/*
 * What holds where the policy file says nothing, and how much it may say. Each rule's own defaults stand in its
 * definition, those of the classes of network tools in tool-classes.ts, the names that they hold in their data files.
 */
import type { Action } from './finding.ts';

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
