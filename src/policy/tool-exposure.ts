import type { Severity } from './finding.ts';
import { falcoTools } from './network-tools.ts';
import { unknownHostAccess } from './host-access.ts';
import type { HostAccess, PodView } from './pod-spec.ts';

/** The rule of Falco that tells of a network tool with host access when it runs. */
export const falcoRule =
  'Falco\'s "Launch Suspicious Network Tool on Host" (in a container\'s cgroup: "... in Container")';

/** A network tool with host access is critical, whatever its class. */
export function toolSeverity(pod: PodView, severity: Severity): Severity {
  return pod.hostAccess.length > 0 ? 'critical' : severity;
}

/**
 * The part of a tool's message that names the host access and the Falco rule it comes under; '' without host access.
 * Falco tells host from container by the cgroup, so that the same process is told by the rule's twin where a runtime
 * started it. Source: falcosecurity/rules, macro network_tool_procs.
 */
export function withHostAccess(pod: PodView, tool: string | undefined): string {
  if (pod.hostAccess.length === 0) return '';
  const listed = tool === undefined || falcoTools.has(tool);
  const access =
    pod.hostAccess === unknownHostAccess
      ? "; the target's host access is not known, so it counts as having it"
      : ` with host access (${namesOf(pod.hostAccess)})`;
  return `${access}: ${listed ? '' : 'the like of '}${falcoRule}`;
}

/** As many ways to the host as a person reads. */
function namesOf(access: HostAccess): string {
  const shown = access.slice(0, 4).map((name) => (name.length > 64 ? `${name.slice(0, 64)}…` : name));
  return access.length > 4 ? `${shown.join(', ')} and more` : shown.join(', ');
}
