import type { CommandHit } from './command-line.ts';
import type { Action, Severity } from './finding.ts';
import type { PodView } from './pod-spec.ts';
import type { ClassSettings, RuleSettings } from './rule.ts';
import { toolSeverity, withHostAccess } from './tool-exposure.ts';

/** What a finding says of one tool in a command line. */
export interface ToolVerdict {
  readonly message: string;
  readonly action: Action;
  readonly severity: Severity;
  readonly class?: string;
  readonly subject?: string;
}

/** How the message tells what a command does with a tool. */
const deeds = { runs: 'runs', installs: 'installs', mentions: 'holds program text that may run' } as const;

/** The verdict of a rule that goes by class on one hit of the command reader; undefined where the class is unknown. */
export function judgeHit(hit: CommandHit, settings: RuleSettings, pod: PodView): ToolVerdict | undefined {
  if (hit.how === 'opaque') {
    return { message: 'runs a command that cannot be told from the manifest', action: 'audit', severity: 'low' };
  }
  if (hit.how === 'exhausted') {
    return {
      message: 'nests or expands further than anyone writes a command line: what is behind it was not read',
      action: settings.action,
      severity: 'high',
    };
  }
  if (hit.how === 'device') {
    return {
      message: 'opens a network connection through a bash device (/dev/tcp, /dev/udp)',
      action: 'audit',
      severity: 'low',
    };
  }
  const toolClass = settings.classes.get(hit.class);
  if (toolClass === undefined) return undefined;
  const target = hit.enters === 'host' ? ' into the host' : '';
  const subject = `${deeds[hit.how]} ${hit.tool}${target} (${toolClass.name})`;
  return {
    message: `${subject}${withHostAccess(pod, hit.tool)}`,
    subject,
    action: hit.how === 'mentions' ? auditOnly(toolClass, pod) : actionOf(toolClass, pod),
    severity: hit.how === 'mentions' ? 'low' : toolSeverity(pod, toolClass.severity),
    class: toolClass.name,
  };
}

function actionOf(toolClass: ClassSettings, pod: PodView): Action {
  return pod.hostAccess.length > 0 ? toolClass.hostAccess : toolClass.action;
}

function auditOnly(toolClass: ClassSettings, pod: PodView): Action {
  return actionOf(toolClass, pod) === 'off' ? 'off' : 'audit';
}
