import { record } from '../../report/csv.ts';
import { explainedText } from '../explain-step.ts';
import type { PathReport, RbacReport, SubjectReport } from '../rbac-report.ts';
import { grantText } from '../rbac-words.ts';

const columns = [
  'kind',
  'subject namespace',
  'subject',
  'path',
  'title',
  'severity',
  'direct',
  'everywhere',
  'namespace',
  'effect',
  'reason',
  'granted by',
  'chain',
  'system',
] as const;

/** A line for each subject, path and namespace; one without a namespace for what no namespace has a part in. */
export function* rbacCsv({ subjects }: RbacReport): Generator<string> {
  yield record(columns);
  for (const subject of subjects) for (const path of subject.paths) yield* pathRecords(subject, path);
}

function* pathRecords({ subject, isSystem }: SubjectReport, report: PathReport): Generator<string> {
  const { path, isDirect, everywhere, effects, grants, chain } = report;
  const granted = grants.map(grantText).join('; ');
  const over = chain.map(explainedText).join(' -> ');
  for (const { effect, namespaces } of effects) {
    const places =
      namespaces.length > 0 ? namespaces : report.namespaces.length > 0 && !everywhere ? report.namespaces : [''];
    for (const place of places) {
      yield record([
        subject.kind,
        subject.namespace,
        subject.name,
        path.id,
        path.title,
        path.severity,
        String(isDirect),
        String(everywhere),
        place,
        effect.state,
        effect.reason,
        granted,
        over,
        String(isSystem),
      ]);
    }
  }
}
