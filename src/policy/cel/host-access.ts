/* Host paths and host access as expressions; the lists are those of the evaluator. */
import { accessCapabilities } from '../host-access.ts';
import { accessPaths, hostPaths, runtimePipes, runtimeSockets } from '../host-paths.ts';
import type { Cel, CelList, CelText } from './expression.ts';
import { and, filter, longerThan, map, matches, not, or, raw, textAt } from './expression.ts';
import type { PodRoot } from './pod.ts';
import { addsCapability, containerSays, podLimits, someContainer, someVolume, specSays, volumesOf } from './pod.ts';

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

/** A message for each volume whose path leads to the host and is written as plainly as the clean-up would leave it. */
export function toldOfHostPaths(root: PodRoot): CelList {
  const path = textAt('v', ['hostPath', 'path'], podLimits.pathLength);
  const found = and(
    raw('has(v.hostPath)', 4),
    not(longerThan(path, podLimits.pathLength)),
    matches(path, '^(?:/|(?:/[\\x20-.0-\\x5b\\x5d-\\x7e]+)+)$'),
    not(matches(path, '/[.][.]?(?:/|$)')),
    leads(path, [...hostPaths, ...accessPaths]),
  );
  const access = leads(path, accessPaths);
  const message = raw(
    `'hostPath ' + v.hostPath.path + ' leads to the host' + ((${access.text}) ? ' and gives host access' : '')`,
    access.cost + 80,
  );
  return map(filter(volumesOf(root), 'v', found), 'v', message);
}
