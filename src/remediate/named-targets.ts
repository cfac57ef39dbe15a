import type { Action, JsonObject, ObjectReference } from '../policy/finding.ts';
import { actions, compareActions } from '../policy/finding.ts';
import { asList, asObject, asString } from '../policy/json.ts';
import { plainLine } from '../telemetry/plain-line.ts';
import { kindOfWord, targetKinds } from './kinds.ts';
import { parse } from './plan-file.ts';
import { RemediationFileError } from './reading.ts';

/** A target as the command line names it: `deployment/web`. A message where it names none. */
export function namedTarget(word: string, namespace: string): ObjectReference | string {
  const slash = word.indexOf('/');
  const kind = kindOfWord(word.slice(0, Math.max(slash, 0)));
  const name = word.slice(slash + 1);
  if (kind === undefined || !isName(name)) {
    const kinds = targetKinds.map((each) => each.kind.toLowerCase()).join(', ');
    return `${plainLine(word, 100)} names no target: give a kind and a name, as deployment/web; the kinds are ${kinds}`;
  }
  return { apiVersion: kind.apiVersion, kind: kind.kind, namespace, name };
}

/** Source: k8s.io/apimachinery pkg/util/validation (IsDNS1123Subdomain). */
function isName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(name);
}

/** Which findings of a report are to be remedied. */
export interface FindingSelector {
  /** Rule ids; all where it is empty. */
  readonly rules: ReadonlySet<string>;
  /** This action or a harder one. */
  readonly atLeast: Exclude<Action, 'off'>;
  /** Only this namespace. */
  readonly namespace?: string | undefined;
}

/** A finding as far as a selector looks at it. */
export interface SelectableFinding {
  readonly rule: string;
  readonly action: Exclude<Action, 'off'>;
  readonly owner: ObjectReference;
}

/** The owners of the findings that are selected, each once. */
export function ownersOf(findings: Iterable<SelectableFinding>, selector: FindingSelector): ObjectReference[] {
  const owners = new Map<string, ObjectReference>();
  for (const { rule, action, owner } of findings) {
    if (selector.rules.size > 0 && !selector.rules.has(rule)) continue;
    if (compareActions(action, selector.atLeast) > 0) continue;
    if (selector.namespace !== undefined && owner.namespace !== selector.namespace) continue;
    owners.set([owner.apiVersion, owner.kind, owner.namespace, owner.name].join('\0'), owner);
  }
  return [...owners.values()];
}

/**
 * The findings of a JSON report of `audit`, or of one or several investigations.
 * @throws {RemediationFileError} where the file is none
 */
export function findingsOfReport(text: string, file: string): SelectableFinding[] {
  const report = asObject(parse(text, file));
  const isOurs = report['apiVersion'] === 'seawall.dev/v1alpha1';
  switch (isOurs ? report['kind'] : undefined) {
    case 'Report':
      return asList(report['findings']).map((entry, index) => {
        const finding = asObject(entry);
        return selectable(finding, finding['owner'] ?? finding['object'], `${file}.findings[${index}]`);
      });
    case 'Investigation':
      return findingsOfInvestigation(report, file);
    case 'InvestigationList':
      return asList(report['items']).flatMap((each, index) =>
        findingsOfInvestigation(asObject(each), `${file}.items[${index}]`),
      );
    default:
      throw new RemediationFileError(`${file}: it is no JSON report of seawall audit or seawall investigate`);
  }
}

/** The object is a pod, or an owner without pods; a plan climbs from it. */
function findingsOfInvestigation({ object, verdict }: JsonObject, path: string): SelectableFinding[] {
  return asList(asObject(verdict)['findings']).map((entry, index) =>
    selectable(asObject(entry), object, `${path}.verdict.findings[${index}]`),
  );
}

function selectable(finding: JsonObject, object: unknown, path: string): SelectableFinding {
  const { apiVersion, kind, namespace, name } = asObject(object);
  const action = actions.find((each) => each === finding['action']);
  if (action === undefined || action === 'off' || !isName(asString(name))) {
    throw new RemediationFileError(`${path}: a finding of a named object is expected`);
  }
  const owner = {
    apiVersion: asString(apiVersion),
    kind: asString(kind),
    namespace: asString(namespace),
    name: asString(name),
  };
  return { rule: asString(finding['rule']), action, owner };
}
