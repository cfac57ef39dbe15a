import type { Finding, JsonObject } from '../policy/finding.ts';
import { excerptOf, fixDiff } from '../report/fix-diff.ts';
import type { FindingDetail } from '../report/report.ts';
import { shellWord } from '../report/shell-word.ts';
import { groupOf } from './owners.ts';

/** A longer line is cut. */
const maxColumns = 200;

/** What a reader needs to mend a finding of an object in a cluster, of which there is no file. */
export function liveDetailOf(object: JsonObject, finding: Finding): FindingDetail {
  const fix = fixDiff(object, finding);
  const lines = excerptOf(object, finding.path).map((line) =>
    line.length > maxColumns ? `${line.slice(0, maxColumns)}…` : line,
  );
  return {
    ...(lines.length > 0 && { excerpt: { firstLine: 1, lines } }),
    ...(fix !== undefined && { fix }),
    command: commandFor(finding),
  };
}

/** Shows the object, mended where Seawall can mend it; nothing is changed. */
function commandFor({ object: { apiVersion, kind, namespace, name }, fixable }: Finding): string {
  const group = groupOf(apiVersion);
  const resource = group === '' ? kind : `${kind}.${apiVersion.slice(group.length + 1)}.${group}`;
  const where = namespace === '' ? '' : ` -n ${shellWord(namespace)}`;
  const get = `kubectl get${where} ${shellWord(resource)} ${shellWord(name)} -o yaml`;
  return fixable ? `${get} | seawall check --fix -` : get;
}
