import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const manifests = join(import.meta.dirname, '..', '..', 'manifests');

interface Role {
  readonly kind: string;
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

/** One verb on one resource. */
export type Right = Readonly<Record<'group' | 'resource' | 'verb', string>>;

/** Every right of the roles of a file of the manifests by itself. */
export function rightsIn(file: string): Right[] {
  return parseAllDocuments(readFileSync(join(manifests, file), 'utf8'))
    .map((document) => document.toJS() as Role)
    .filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
    .flatMap(({ rules }) => rules)
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => ({ group, resource, verb })))),
    );
}

/** A right as people say it: `list deployments.apps`. */
export function rightText({ group, resource, verb }: Right): string {
  return `${verb} ${resourceName(group, resource)}`;
}

/** A resource with its group: `deployments.apps`. */
export function resourceName(group: string, resource: string): string {
  return group === '' ? resource : `${resource}.${group}`;
}
