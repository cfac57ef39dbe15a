/*
 * Fields:  securityContext.capabilities.add of every container
 * Allowed: any capability that no class of this rule lists, spelled in ASCII
 * Source:  capabilities(7); for each entry, what it opens towards the host
 */
import { never } from '../cel/expression.ts';
import { addsCapability, someContainer } from '../cel/pod.ts';
import type { ToldGrants } from '../cel/told-capabilities.ts';
import { grantOf, grantsOf, grantsWith, toldOfGrants } from '../cel/told-capabilities.ts';
import { nothingTold } from '../cel/told.ts';
import type { Action } from '../finding.ts';
import { grantsNetRaw, readGrant } from '../capabilities.ts';
import { asList } from '../json.ts';
import type { ClassSettings, RuleDefinition, RuleSettings } from '../rule.ts';

/** The class of each capability, by its name; of ALL too, where no class lists it. */
function classesOf({ classes }: RuleSettings): ReadonlyMap<string, ClassSettings> {
  const classOf = new Map(
    [...classes.values()].flatMap((each) => each.entries.map((name) => [readGrant(name).name, each] as const)),
  );
  const host = classes.get('host');
  if (host !== undefined && !classOf.has('ALL')) classOf.set('ALL', host);
  return classOf;
}

const messageOfAll = 'adds ALL capabilities';

function messageOf(name: string, toolClass: ClassSettings): string {
  return name === 'ALL' ? messageOfAll : `adds ${name}: ${deedOf(toolClass)}`;
}

function deedOf({ name }: ClassSettings): string {
  return name === 'host' ? 'a way to the host' : 'changes the network it lives in';
}

/** What is told of each class that has the action, be it only with or only without host access. */
function toldGrants(settings: RuleSettings, action: Action): ToldGrants[] {
  const classOf = [...classesOf(settings)];
  return [...settings.classes.values()].flatMap((each) => {
    if (each.action !== action && each.hostAccess !== action) return [];
    const names = classOf.flatMap(([name, its]) => (its === each && name !== 'ALL' ? [name] : []));
    const told = [
      ...(names.length === 0 ? [] : [grantsOf(names, 'adds ', `: ${deedOf(each)}`)]),
      ...(classOf.some(([name, its]) => its === each && name === 'ALL') ? [grantOf('ALL', messageOfAll)] : []),
    ];
    return dependsOnAccess(each) ? told.map((list) => grantsWith(each.hostAccess === action, list)) : told;
  });
}

function dependsOnAccess({ action, hostAccess }: ClassSettings): boolean {
  return action !== hostAccess;
}

export const hostCapability: RuleDefinition = {
  id: 'host-capability',
  title: 'Capability that reaches the host',
  category: 'Capabilities',
  action: 'deny',
  severity: 'high',
  finds:
    'A container whose `capabilities.add` names a capability that opens a way to the host, ALL, or a name with letters outside ASCII.',
  why: 'SYS_ADMIN mounts and enters namespaces, SYS_PTRACE reads other processes, SYS_MODULE loads code into the kernel, SYS_RAWIO writes its memory, DAC_READ_SEARCH opens any file of the file system below, BPF loads programs into the kernel. NET_ADMIN changes interfaces, routes and filters, and is asked for by honest network agents too: it has a class of its own.',
  fields: [
    'spec.containers[*].securityContext.capabilities.add',
    'spec.initContainers[*].securityContext.capabilities.add',
    'spec.ephemeralContainers[*].securityContext.capabilities.add',
  ],
  allowed: 'any capability that the classes below do not list',
  remedy: 'Take the capability out of `add`; where a node agent needs it, write an exemption for that agent.',
  sources: ['https://man7.org/linux/man-pages/man7/capabilities.7.html'],
  classes: [
    {
      name: 'host',
      action: 'deny',
      hostAccess: 'deny',
      severity: 'high',
      summary: 'opens a way to the host',
      entries: ['SYS_ADMIN', 'SYS_PTRACE', 'SYS_MODULE', 'SYS_RAWIO', 'DAC_READ_SEARCH', 'BPF'],
    },
    {
      name: 'net-admin',
      action: 'warn',
      hostAccess: 'warn',
      severity: 'medium',
      summary: 'changes interfaces, routes and filters of its network namespace',
      entries: ['NET_ADMIN'],
    },
  ],
  necessary: ({ classes }, counts) => {
    const counted = [...classes.values()].filter((each) => counts(each.action) || counts(each.hostAccess));
    const names = counted.flatMap(({ entries }) => entries);
    return counted.length === 0 ? never : someContainer(addsCapability([...names, 'ALL']));
  },
  exact: (settings, action) => {
    const told = toldGrants(settings, action);
    const depends = [...settings.classes.values()].some(dependsOnAccess);
    return told.length === 0 ? nothingTold : toldOfGrants(told, depends);
  },
  undecided:
    'containers that add more than 24 names, one longer than 40 characters, or one with letters outside ASCII; and where the action depends on the host access of the pod, such whose access is not all written plainly',
  prepare: (settings) => {
    const classOf = classesOf(settings);
    const host = settings.classes.get('host');
    return (pod, report) => {
      for (const container of pod.containers) {
        const add = asList(container.capabilities['add']);
        for (let index = 0; index < add.length; index += 1) {
          const entry = add[index];
          if (typeof entry !== 'string') continue;
          const grant = readGrant(entry);
          // A folded NET_RAW or ALL is told by net-raw; plain ALL is told by both rules.
          const strange = !grant.ascii && !grantsNetRaw(grant);
          const found = classOf.get(grant.name) ?? (strange ? host : undefined);
          if (found === undefined) continue;
          report({
            container,
            path: [...container.path, 'securityContext', 'capabilities', 'add', index],
            message: strange ? 'capability name with letters outside ASCII' : messageOf(grant.name, found),
            action: pod.hostAccess.length > 0 ? found.hostAccess : found.action,
            severity: found.severity,
            class: found.name,
          });
        }
      }
    };
  },
};
