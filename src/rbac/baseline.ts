import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString, asStrings } from '../policy/json.ts';
import { effectStates, isRefused } from './effect.ts';
import type { Subject } from './objects.ts';
import { subjectText } from './objects.ts';
import type { GonePath, PathReport, RbacReport } from './rbac-report.ts';
import { isPartialReport } from './rbac-report.ts';

/** Where an earlier report had a path open. */
interface Earlier {
  readonly subject: string;
  readonly path: string;
  readonly everywhere: boolean;
  readonly namespaces: ReadonlySet<string>;
  /** Those where the admission in force refused what comes of it. */
  readonly refused: ReadonlySet<string>;
}

/** An earlier JSON report. */
export interface RbacBaseline {
  /** As the user named it. */
  readonly name: string;
  /** The namespace, and the person, that it was of; '' for all. */
  readonly scope: string;
  readonly paths: ReadonlyMap<string, Earlier>;
}

/**
 * Reads an earlier JSON report.
 * @throws where the text is none
 */
export function readRbacBaseline(name: string, text: string): RbacBaseline {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${name}: it is no JSON; a baseline is an earlier report in the format json`, { cause });
  }
  const { apiVersion, kind, subjects, namespace, person } = asObject(value);
  if (kind !== 'RbacReport' || apiVersion !== 'seawall.dev/v1alpha1' || !Array.isArray(subjects)) {
    throw new Error(`${name}: it is no RbacReport of Seawall; a baseline is an earlier report in the format json`);
  }
  const paths = new Map<string, Earlier>();
  for (const entry of asList(subjects).map(asObject)) {
    const subject = subjectText(subjectOf(entry['subject']));
    for (const path of asList(entry['paths']).map(asObject)) {
      const earlier = {
        subject,
        path: asString(path['id']),
        everywhere: path['everywhere'] === true,
        namespaces: new Set(asStrings(path['namespaces'])),
        refused: refusedOf(asList(path['effects']).map(asObject)),
      };
      paths.set(keyOf(subject, earlier.path, path['direct'] === true), earlier);
    }
  }
  return { name, scope: scopeOf(asString(namespace), asString(asObject(person)['user'])), paths };
}

function refusedOf(effects: readonly JsonObject[]): ReadonlySet<string> {
  const refused = effects.filter(({ state }) =>
    effectStates.some((each) => each === state && isRefused({ state: each })),
  );
  return new Set(refused.flatMap(({ namespaces }) => asStrings(namespaces)));
}

function subjectOf(value: unknown): Subject {
  const { kind, namespace, name } = asObject(value);
  const known = kind === 'Group' || kind === 'ServiceAccount' ? kind : 'User';
  return { kind: known, namespace: asString(namespace), name: asString(name) };
}

const keyOf = (subject: string, path: string, isDirect: boolean): string => JSON.stringify([subject, path, isDirect]);
const scopeOf = (namespace: string | undefined, user: string | undefined): string => `${namespace ?? ''} ${user ?? ''}`;

/**
 * The report with what is new against a baseline, and what is gone; only a whole report can tell that something is gone.
 * @throws where the baseline is of something else
 */
export function againstBaseline(report: RbacReport, baseline: RbacBaseline): RbacReport {
  if (baseline.scope !== scopeOf(report.namespace, report.person?.user)) {
    throw new Error(
      `${baseline.name}: the baseline is of another namespace or person; make both with the same -n and --as`,
    );
  }
  const seen = new Map<string, PathReport>();
  let count = 0;
  const subjects = report.subjects.map((subject) => ({
    ...subject,
    paths: subject.paths.map((path) => {
      const key = keyOf(subjectText(subject.subject), path.path.id, path.isDirect);
      seen.set(key, path);
      const earlier = baseline.paths.get(key);
      const isNew = isWider(path, earlier) || isFreed(path, earlier);
      // The cluster's own parts gain paths where Seawall, or a kind, comes in: nobody gave them any.
      if (isNew && !subject.isSystem) count += 1;
      return { ...path, isNew };
    }),
  }));
  const gone = isPartialReport(report)
    ? []
    : [...baseline.paths].flatMap(([key, earlier]) => goneOf(earlier, seen.get(key)));
  return { ...report, subjects, deltas: { baseline: baseline.name, new: count, gone } };
}

function isWider(now: PathReport, earlier: Earlier | undefined): boolean {
  if (earlier === undefined) return true;
  if (earlier.everywhere) return false;
  return now.everywhere || now.namespaces.some((name) => !earlier.namespaces.has(name));
}

/** Whether what was refused is refused no more; what could not be read is told as unseen, and is not news. */
function isFreed({ effects }: PathReport, earlier: Earlier | undefined): boolean {
  return effects.some(
    ({ effect, namespaces }) =>
      !isRefused(effect) &&
      effect.state !== 'unknown' &&
      namespaces.some((name) => earlier?.refused.has(name) === true),
  );
}

function goneOf({ subject, path, everywhere, namespaces }: Earlier, now: PathReport | undefined): GonePath[] {
  if (now === undefined) return [{ subject, path, namespaces: everywhere ? [] : [...namespaces] }];
  if (now.everywhere) return [];
  const kept = new Set(now.namespaces);
  const lost = [...namespaces].filter((name) => !kept.has(name));
  if (lost.length === 0 && !everywhere) return [];
  return [{ subject, path, namespaces: everywhere ? [] : lost }];
}
