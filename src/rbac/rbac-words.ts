import { plainLine } from '../telemetry/plain-line.ts';
import type { Grant } from './analysis.ts';
import type { Effect } from './effect.ts';
import { objectText } from './objects.ts';
import type { PathReport } from './rbac-report.ts';

/** Namespaces and bindings that are named; the rest are counted. */
const maxNamed = 3;

/** `a, b, c and 4 more`. */
export function some(names: readonly string[], most = maxNamed): string {
  const rest = names.length - most;
  return rest > 0 ? `${names.slice(0, most).join(', ')} and ${rest} more` : names.join(', ');
}

/** Where a path is open, in words. */
export function whereOf({ everywhere, namespaces }: Pick<PathReport, 'everywhere' | 'namespaces'>): string {
  return everywhere ? 'everywhere' : some(namespaces);
}

const states: Readonly<Record<Effect['state'], string>> = {
  possible: 'possible',
  'not-enforced': 'not enforced',
  unknown: 'effect unknown',
  'refused-by-pod-security': 'refused by Pod Security',
  'refused-by-seawall': 'refused by Seawall',
};

/** `refused by Seawall in shop`, `possible`. */
export function effectText({ effects, namespaces }: PathReport): string {
  return effects
    .map(({ effect, namespaces: where }) => {
      const place = where.length === 0 || where.length === namespaces.length ? '' : ` in ${some(where)}`;
      return `${states[effect.state]}${place}${effect.reason === '' ? '' : ` (${effect.reason})`}`;
    })
    .join('; ');
}

/** `ClusterRole edit (create pods), by RoleBinding shop/deployers`. */
export function grantText({ role, gives, bindings }: Grant): string {
  const by = bindings.length === 0 ? '' : `, by ${some(bindings.map(objectText), 2)}`;
  return `${objectText(role)} (${gives})${by}`;
}

export const plain = (text: string): string => plainLine(text, 600);
