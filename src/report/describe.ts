import type { ObjectReference } from '../policy/finding.ts';
import type { Source } from './report.ts';

/** `Deployment default/web`, as kubectl users say it. */
export function describeObject({ kind, namespace, name }: ObjectReference): string {
  return `${kind === '' ? '(no kind)' : kind} ${namespace === '' ? '' : `${namespace}/`}${name === '' ? '(no name)' : name}`;
}

export function describeSource({ file, line, column }: Source): string {
  return `${file}:${line}:${column}`;
}

/** `1 object`, `2 objects`. */
export function counted(number: number, singular: string, plural = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
}
