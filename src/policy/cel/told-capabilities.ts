/* The messages about capabilities. */
import type { Cel, CelList } from './expression.ts';
import { and, joined, quoted, raw } from './expression.ts';
import { access, areRead, granted, isAccessTold } from './pod-variables.ts';
import { podLimits } from './pod.ts';
import type { Told } from './told.ts';
import { toldOf, toldOfEach } from './told.ts';

/** What is told of one container `g` of `granted`. */
export type ToldGrants = CelList;

/** The message where the container adds the capability. */
export function grantOf(name: string, message: string): ToldGrants {
  const { capabilities } = podLimits;
  return { text: `(${quoted(name)} in g.names ? [${quoted(message)}] : [])`, cost: capabilities + 30, count: 1 };
}

/** A message for each capability of these that the container adds: its name between two texts. */
export function grantsOf(names: readonly string[], before: string, behind: string): ToldGrants {
  const { capabilities } = podLimits;
  const some = `g.names.filter(n, n in [${names.map(quoted).join(', ')}])`;
  const text = `${some}.map(n, ${quoted(before)} + n + ${quoted(behind)})`;
  return { text, cost: capabilities * 80 + 40, count: capabilities };
}

/** The same only where the pod has host access, or only where it has none. */
export function grantsWith(access: boolean, { text, cost, count }: ToldGrants): ToldGrants {
  return {
    text: `(variables.isAccessTold && size(variables.access) ${access ? '>' : '=='} 0 ? ${text} : [])`,
    cost: cost + 4,
    count,
  };
}

/** A message for each container and capability that it adds, in any spelling of ASCII. */
export function toldOfGrants(lists: readonly ToldGrants[], dependsOnAccess = false): Told {
  const all = joined(...lists);
  const text = [
    `pod.map(g, (${lists.map((each) => each.text).join('\n    + ')})`,
    "    .map(m, m + ' (container ' + g.container.name + ')').join('\\n'))",
  ].join('\n');
  const cost = podLimits.containers * (all.cost + all.count * 80 + 80);
  const list = { text, cost, count: podLimits.containers * all.count };
  return toldOf(granted, list, dependsOnAccess ? [access, isAccessTold] : []);
}

const drop = 'c.?securityContext.?capabilities.?drop.orValue([])';

/** Whether `drop` of the container `c` has one of the names, as the runtimes read it, or as people mean it. */
function drops(names: readonly string[], reading: string): Cel {
  const constants = names.map(quoted).join(', ');
  return raw(`${drop}.exists(n, ${reading} in [${constants}])`, podLimits.capabilities * 24 + 20);
}

/** A message for each container that keeps a capability of the runtime's own set: none drops it, or in a spelling that is not read. */
export function toldOfKept(names: readonly string[], undropped: string, useless: string): Told {
  const constants = names.map(quoted).join(', ');
  const keeps = and(
    raw('!c.?securityContext.?privileged.orValue(false)', 8),
    areRead('drop'),
    raw(`!${drops(names, 'n.upperAscii()').text}`, drops(names, '').cost),
  );
  const inVain = drops(
    names.flatMap((name) => [name, `CAP_${name}`]),
    'n.trim().upperAscii()',
  );
  const message = raw(
    `(${inVain.text} ? ${quoted(useless)} : ${quoted(undropped)}) + ' (container ' + c.name + ')'`,
    inVain.cost + 60,
  );
  const mayKeep = `pod.filter(g, !g.names.exists(n, n in [${constants}])).map(g, g.container)`;
  const list = {
    text: mayKeep,
    cost: podLimits.containers * (podLimits.capabilities * 10 + 60),
    count: podLimits.containers,
  };
  return toldOf(granted, toldOfEach(list, 'c', keeps, message));
}
