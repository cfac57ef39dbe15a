/* The messages about ports and paths of the node. */
import { element, listAt, longerThan, raw } from './expression.ts';
import { givesAccess, leadsToHost } from './host-access.ts';
import { plainPaths } from './pod-variables.ts';
import { podLimits } from './pod.ts';
import type { Told } from './told.ts';
import { toldOf, toldOfEach, toldOfPods } from './told.ts';

/** A message for each path that leads to the host and is written plainly. */
export function toldOfHostPaths(): Told {
  const path = element('p', podLimits.pathLength);
  const access = givesAccess(path);
  const message = raw(
    `'hostPath ' + p + ' leads to the host'\n      + (${access.text} ? ' and gives host access' : '')`,
    access.cost + 80,
  );
  const paths = { text: 'pod', cost: 1, count: podLimits.volumes };
  return toldOf(plainPaths, toldOfEach(paths, 'p', leadsToHost(path), message));
}

/** A message for each port of the node that a container opens. */
export function toldOfHostPorts(): Told {
  const { ports, containers } = podLimits;
  const list = listAt('c', ['ports'], ports);
  const opened = raw(
    'p.?hostPort.orValue(0) != 0 && !(pod.spec.?hostNetwork.orValue(false) && p.hostPort == p.?containerPort.orValue(0))',
    30,
  );
  const message = raw(
    `'hostPort ' + string(p.hostPort) + ' listens on the node itself (container ' + c.name + ')'`,
    50,
  );
  const told = toldOfEach(list, 'p', opened, message);
  const text = `pod.containers.map(c, ${longerThan(list, ports).text} ? '' : ${told.text}.join('\\n'))`;
  return toldOfPods({ text, cost: containers * (told.cost + ports * 60 + 60), count: containers * ports });
}
