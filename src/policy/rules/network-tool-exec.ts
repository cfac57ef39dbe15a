/*
 * Fields:  command of PodExecOptions (PodAttachOptions has none: it joins what already runs)
 * Allowed: a command that runs no network tool
 * Source:  k8s.io/api/core/v1 PodExecOptions; the API server sends them as the object of a CONNECT review
 */
import { never } from '../cel/expression.ts';
import { compileCommandTools, readCommandLine } from '../command-line.ts';
import { asStrings } from '../json.ts';
import { networkTools } from '../network-tools.ts';
import type { RuleDefinition } from '../rule.ts';
import { classesWith } from '../tool-classes.ts';
import { judgeHit } from '../tool-commands.ts';

const tools = new Map(networkTools.map((each) => [each.class, each.entries.map(({ name }) => name)]));

const context = {
  env: new Map<string, string | undefined>(),
  // The environment of the container is there, and out of sight of the options.
  envComplete: false,
  expandsVariables: false,
  entryPointUnknown: false,
};

export const networkToolExec: RuleDefinition = {
  id: 'network-tool-exec',
  title: 'Network tool through exec',
  category: 'Network tools',
  action: 'deny',
  severity: 'high',
  finds: 'A `kubectl exec` whose command runs or installs a network tool in a running container.',
  why: 'Whoever may exec into a pod with host access has a network tool on the host without creating any pod. In a pod without host access a person is debugging what is already there: that is at most warned of.',
  fields: ['command (PodExecOptions)'],
  allowed: 'a command that runs no network tool; attach has no command',
  remedy: 'Debug from an ephemeral container of the image that your team approved, in a pod without host access.',
  sources: [
    'https://github.com/falcosecurity/rules',
    'https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/#podexecoptions-v1-core',
  ],
  entriesFrom: 'network-tool-command',
  judges: 'exec',
  classes: classesWith(tools, (each) => ({
    ...each,
    action: each.action === 'deny' ? 'warn' : each.action,
    atMost: 'warn',
  })),
  // An exec is no pod: its webhook entry, or its part of the condition, asks always.
  necessary: () => never,
  prepare: (settings) => {
    const commandTools = compileCommandTools([...settings.classes.values()]);
    return (pod, report) => {
      for (const container of pod.containers) {
        for (const hit of readCommandLine(asStrings(container.value['command']), context, commandTools)) {
          const verdict = judgeHit(hit, settings, pod);
          if (verdict !== undefined) report({ container, path: [...container.path, 'command', hit.word], ...verdict });
        }
      }
    };
  },
};
