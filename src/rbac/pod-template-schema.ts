import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString } from '../policy/json.ts';
import { builtInKinds } from '../policy/workload-kinds.ts';

/** A kind that an operator makes pods from, by group and plural. */
export interface TemplateKind {
  readonly group: string;
  readonly resource: string;
  readonly namespaced: boolean;
}

/** Nodes of one schema that are looked at; the largest that are known have some ten thousand. */
const maxNodes = 200_000;

/**
 * The kind of a CustomResourceDefinition, where its schema holds a pod template: a list of containers with an image, or a
 * place for one whose fields the schema does not tell. Undefined where it holds none.
 */
export function templateKindOf(crd: JsonObject): TemplateKind | undefined {
  const { group, names, scope, versions } = asObject(crd['spec']);
  const { kind, plural } = asObject(names);
  const resource = asString(plural);
  if (resource === '') return undefined;
  const holds =
    builtInKinds.includes(`${asString(group)}/${asString(kind)}`) ||
    asList(versions).some((version) => holdsTemplate(asObject(asObject(version)['schema'])['openAPIV3Schema']));
  return holds ? { group: asString(group), resource, namespaced: scope !== 'Cluster' } : undefined;
}

const containerLists: ReadonlySet<string> = new Set(['containers', 'initContainers', 'container', 'steps']);
const openTemplates: ReadonlySet<string> = new Set([
  ...containerLists,
  'template',
  'podTemplate',
  'podSpec',
  'podTemplateSpec',
]);

function holdsTemplate(schema: unknown): boolean {
  const waiting: unknown[] = [schema];
  for (let seen = 0; waiting.length > 0 && seen < maxNodes; seen += 1) {
    const { properties, items, additionalProperties } = asObject(waiting.pop());
    for (const [name, value] of Object.entries(asObject(properties))) {
      if (isTemplate(name, asObject(value))) return true;
      waiting.push(value);
    }
    if (items !== undefined) waiting.push(items);
    if (additionalProperties !== undefined) waiting.push(additionalProperties);
  }
  // A schema that is not read to its end does not pass for harmless.
  return waiting.length > 0;
}

function isTemplate(name: string, schema: JsonObject): boolean {
  const element = asObject(schema['items'] ?? schema);
  const open =
    schema['x-kubernetes-preserve-unknown-fields'] === true || element['x-kubernetes-preserve-unknown-fields'] === true;
  if (open && openTemplates.has(name)) return true;
  const fields = asObject(element['properties']);
  return containerLists.has(name) && Object.hasOwn(fields, 'image') && Object.hasOwn(fields, 'command');
}

/** The custom kinds that Seawall knows, for where no definitions are at hand. */
export function knownTemplateKinds(): TemplateKind[] {
  return builtInKinds
    .map((name) => ({ group: name.slice(0, name.indexOf('/')), kind: name.slice(name.indexOf('/') + 1) }))
    .filter(({ group }) => group.includes('.'))
    .map(({ group, kind }) => ({ group, resource: guessedPlural(kind), namespaced: !kind.startsWith('Cluster') }));
}

/** Source: k8s.io/apimachinery pkg/api/meta/restmapper.go (UnsafeGuessKindToResource). */
function guessedPlural(kind: string): string {
  const singular = kind.toLowerCase();
  if (singular.endsWith('s')) return `${singular}es`;
  return singular.endsWith('y') ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}
