/*
 * Fields:  command, args, lifecycle.*.exec.command, *Probe.exec.command of every container; script and source of a step
 * Allowed: a command line in which no word at the place of a command is a network tool, and no package is installed that carries one
 * Source:  falcosecurity/rules (list network_tool_binaries); ../network-tools.ts names one for each entry; POSIX.1-2024, 2 Shell Command Language
 */
import { mayRunTool } from '../cel/command-lines.ts';
import { never } from '../cel/expression.ts';
import { mayHaveHostAccess } from '../cel/host-access.ts';
import { toldOfCommands } from '../cel/told-commands.ts';
import { compileCommandTools } from '../command-line.ts';
import { commandReader, containerCommands, hostVolumesOf } from '../container-commands.ts';
import { networkTools, toolPackages } from '../network-tools.ts';
import type { ClassSettings, RuleDefinition } from '../rule.ts';
import { judgeHit } from '../tool-commands.ts';
import { classesWith } from '../tool-classes.ts';

const tools = new Map(networkTools.map((each) => [each.class, each.entries.map(({ name }) => name)]));

export const networkToolCommand: RuleDefinition = {
  id: 'network-tool-command',
  title: 'Network tool command',
  category: 'Network tools',
  action: 'deny',
  severity: 'high',
  finds:
    'A container that runs or installs a network tool: in its command and arguments, its lifecycle hooks, its exec probes, through shells, wrappers, package managers and encodings.',
  why: 'Any image that has a shell and a package manager becomes a network tool with one line. Falco tells of it when it runs; this rule tells before.',
  fields: [
    'spec.containers[*].command',
    'spec.containers[*].args',
    'spec.containers[*].lifecycle.postStart.exec.command',
    'spec.containers[*].lifecycle.preStop.exec.command',
    'spec.containers[*].livenessProbe.exec.command',
    'spec.containers[*].readinessProbe.exec.command',
    'spec.containers[*].startupProbe.exec.command',
    '(the same of initContainers and ephemeralContainers)',
  ],
  allowed: 'command lines in which tool names stand only as arguments, file names or text',
  remedy:
    "Do the check inside the application (a probe of type tcpSocket or grpc, a client library's retry) instead of running a network tool.",
  sources: ['https://github.com/falcosecurity/rules', 'src/policy/network-tools.ts (a source for each tool)'],
  classes: classesWith(tools),
  necessary: ({ action, classes }, counts) => {
    const all = [...classes.values()];
    const free = all.filter((each) => counts(each.action));
    const bound = all.filter((each) => counts(each.hostAccess) && !counts(each.action));
    // What cannot be read, or not to its end, is a finding of the rule itself; what is only mentioned, one of `audit`.
    if (!counts(action) && free.length + bound.length === 0 && !counts('audit')) return never;
    return mayRunTool({
      names: namesAndPackages(free),
      conditional: namesAndPackages(bound),
      condition: mayHaveHostAccess(),
      tools: namesAndPackages(all),
      everyLine: counts('audit'),
    });
  },
  exact: ({ classes }, action) => toldOfCommands(classes, action),
  undecided:
    'all but lines that begin with the name of a tool that runs nothing else, of at most 32 words of 256 characters without a dollar sign; and pods whose host access is not all written plainly, or by several paths',
  prepare: (settings) => {
    const read = commandReader(compileCommandTools([...settings.classes.values()]));
    return (pod, report) => {
      const hostVolumes = hostVolumesOf(pod.spec);
      let before = -1;
      for (const container of pod.containers) {
        before += 1;
        const commands = containerCommands(container.value, container.isStep);
        for (const command of commands) {
          for (const hit of read(command, container.value, hostVolumes, before)) {
            const verdict = judgeHit(hit, settings, pod);
            if (verdict !== undefined) {
              report({ container, path: [...container.path, ...command.pathOf(hit.word)], ...verdict });
            }
          }
        }
      }
    };
  },
};

/** The tools of the classes, and the packages that carry one of them under another name. */
function namesAndPackages(classes: readonly ClassSettings[]): string[] {
  const names = new Set(classes.flatMap(({ entries }) => entries));
  return [...names, ...toolPackages.filter(({ tool }) => names.has(tool)).map(({ package: carrier }) => carrier)];
}
