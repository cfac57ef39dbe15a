/* Host paths and host access as expressions; the lists are those of the evaluator. */
import { accessCapabilities } from '../host-access.ts';
import { accessPaths, hostPaths, runtimePipes, runtimeSockets } from '../host-paths.ts';
import type { Cel, CelText } from './expression.ts';
import { and, longerThan, matches, or, raw, textAt } from './expression.ts';
import { addsCapability, containerSays, podLimits, someContainer, someVolume, specSays } from './pod.ts';

/** Whether the pod may have host access; true also where that cannot be told. */
export function mayHaveHostAccess(): Cel {
  return or(
    specSays('hostNetwork'),
    specSays('hostPID'),
    specSays('securityContext', 'windowsOptions', 'hostProcess'),
    someContainer(
      or(
        containerSays('securityContext', 'privileged'),
        containerSays('securityContext', 'windowsOptions', 'hostProcess'),
        addsCapability([...accessCapabilities]),
      ),
    ),
    someHostPath(accessPaths),
  );
}

/** Whether some volume may lead to the host. */
export function mayLeadToHost(): Cel {
  return someHostPath([...hostPaths, ...accessPaths]);
}

function someHostPath(paths: readonly string[]): Cel {
  const { pathLength } = podLimits;
  const path = textAt('v', ['hostPath', 'path'], pathLength);
  const body = or(
    longerThan(path, pathLength),
    // What is not written plainly: Windows' own paths, empty steps, `.` and `..`.
    matches(path, '\\\\|^[A-Za-z]:|//|(?:^|/)[.][.]?(?:/|$)'),
    leads(path, paths),
  );
  return someVolume(and(raw('has(v.hostPath)', 4), body));
}

function leads(path: CelText, paths: readonly string[]): Cel {
  // One path below another is found by that.
  const outer = paths.filter((each) => !paths.some((other) => each.startsWith(`${other}/`)));
  const parents = new Set(outer.flatMap(parentsOf));
  const names = (texts: Iterable<string>): string =>
    [...texts].map((text) => text.replace(/^\//, '').replaceAll('.', '[.]')).join('|');
  return or(
    matches(path, `^/?(?:${names(outer)})(?:/|$)`),
    matches(path, `^/?(?:${names([...parents, ...runtimePipes])})/?$`),
    matches(path, `(?:^|/)(?:${names(runtimeSockets)})/?$`),
  );
}

/** Every path above one: `/`, `/var`, `/var/lib`. */
function parentsOf(path: string): string[] {
  const steps = path.split('/').slice(1, -1);
  return ['/', ...steps.map((_, index) => `/${steps.slice(0, index + 1).join('/')}`)];
}

/** Whether a path that is written plainly leads to the host. */
export function leadsToHost(path: CelText): Cel {
  return leads(path, [...hostPaths, ...accessPaths]);
}

/** Whether it gives host access. */
export function givesAccess(path: CelText): Cel {
  return leads(path, accessPaths);
}
