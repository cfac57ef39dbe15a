import type { Grant } from '../analysis.ts';
import type { ExplainedStep } from '../explain-step.ts';
import { nodeLimit } from '../launch-paths.ts';
import type { Binding, Role } from '../objects.ts';
import type { PathReport, RbacReport, SubjectReport } from '../rbac-report.ts';
import { isPartialReport } from '../rbac-report.ts';
import { membersOf } from '../system-subjects.ts';

/** What the report is of, and all but its subjects, as a plain value for JSON and YAML. */
export function documentHead(report: RbacReport): object {
  const { cluster, person, namespace, subjects, dangling, notes, partial, errors, deltas } = report;
  return {
    apiVersion: 'seawall.dev/v1alpha1',
    kind: 'RbacReport',
    ...(cluster !== undefined && { cluster }),
    ...(person !== undefined && { person }),
    ...(namespace !== undefined && { namespace }),
    summary: {
      subjects: subjects.length,
      system: subjects.filter(({ isSystem }) => isSystem).length,
      dangling: dangling.length,
      partial: isPartialReport(report),
    },
    limits: [nodeLimit],
    notes,
    dangling: dangling.map(({ binding, missing }) => ({ binding: reference(binding), missing })),
    ...(deltas !== undefined && { deltas }),
    partial,
    errors,
  };
}

export function subjectDocument({ subject, severity, isSystem, paths }: SubjectReport): object {
  const members = membersOf(subject);
  return {
    subject: {
      kind: subject.kind,
      ...(subject.namespace !== '' && { namespace: subject.namespace }),
      name: subject.name,
    },
    severity,
    system: isSystem,
    ...(members !== undefined && { members }),
    paths: paths.map(pathDocument),
  };
}

function pathDocument({ path, isDirect, everywhere, namespaces, effects, grants, chain, ...rest }: PathReport): object {
  return {
    id: path.id,
    title: path.title,
    severity: path.severity,
    why: path.why,
    direct: isDirect,
    everywhere,
    namespaces,
    effects: effects.map(({ effect, namespaces: where }) => ({ ...effect, namespaces: where })),
    grants: grants.map(grantDocument),
    ...(!isDirect && { chain: chain.map(stepDocument), moreChains: rest.moreChains }),
    ...(rest.isNew === true && { new: true }),
  };
}

function grantDocument({ role, rules, gives, bindings }: Grant): object {
  return { role: reference(role), gives, rules: rules.map(written), bindings: bindings.map(reference) };
}

/** Without the lists that are empty. */
function written(rule: Grant['rules'][number]): object {
  return Object.fromEntries(Object.entries(rule).filter(([, list]: [string, readonly string[]]) => list.length > 0));
}

function stepDocument({ words, to, role, binding }: ExplainedStep): object {
  return {
    words,
    to,
    ...(role !== undefined && { role: reference(role) }),
    ...(binding !== undefined && { binding: reference(binding) }),
  };
}

function reference({ kind, namespace, name }: Pick<Role | Binding, 'kind' | 'namespace' | 'name'>): object {
  return { kind, ...(namespace !== '' && { namespace }), name };
}
