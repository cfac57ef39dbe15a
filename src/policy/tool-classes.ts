import type { ClassDefinition } from './rule.ts';

/** What is the same of a class of tools for images, commands and exec. */
export type ToolClass = Omit<ClassDefinition, 'entries'>;

/** Every class of network tool with its default actions, without and with host access. */
export const toolClasses: readonly ToolClass[] = [
  {
    name: 'swiss-army',
    action: 'deny',
    hostAccess: 'deny',
    severity: 'high',
    summary: 'debugging images that hold every tool at once',
  },
  {
    name: 'capture',
    action: 'deny',
    hostAccess: 'deny',
    severity: 'high',
    summary: 'reads the packets of others',
  },
  {
    name: 'scanner',
    action: 'deny',
    hostAccess: 'deny',
    severity: 'high',
    summary: 'finds hosts, ports and weaknesses',
  },
  {
    name: 'spoof',
    action: 'deny',
    hostAccess: 'deny',
    severity: 'high',
    summary: 'puts itself between others',
  },
  {
    name: 'offensive',
    action: 'deny',
    hostAccess: 'deny',
    severity: 'critical',
    summary: 'attack frameworks and distributions',
  },
  {
    name: 'relay',
    action: 'warn',
    hostAccess: 'deny',
    severity: 'medium',
    summary: 'opens a connection or a tunnel for others; half the world waits for its database with nc',
  },
  {
    name: 'namespace-entry',
    action: 'warn',
    hostAccess: 'deny',
    severity: 'high',
    summary: 'enters the namespaces of the host or of another process',
  },
  {
    name: 'dns',
    action: 'audit',
    hostAccess: 'warn',
    severity: 'low',
    summary: 'asks name servers',
  },
  {
    name: 'terminal',
    action: 'audit',
    hostAccess: 'warn',
    severity: 'low',
    summary: 'a plain-text remote terminal',
  },
  {
    name: 'bandwidth',
    action: 'audit',
    hostAccess: 'warn',
    severity: 'low',
    summary: 'fills a link to measure it',
  },
];

/** The classes of a rule: those that `entries` names, in the order of `toolClasses`. */
export function classesWith(
  entries: ReadonlyMap<string, readonly string[]>,
  adapt: (toolClass: ToolClass) => ToolClass = (toolClass) => toolClass,
): ClassDefinition[] {
  return toolClasses.flatMap((toolClass) => {
    const names = entries.get(toolClass.name);
    return names === undefined ? [] : [{ ...adapt(toolClass), entries: names }];
  });
}
