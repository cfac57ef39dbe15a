import type { FieldPath, JsonObject } from './finding.ts';
import { formatPath } from './finding.ts';
import { hostAccessOf, inOrder } from './host-access.ts';
import { asList, asObject, asString, isObject, valueAt } from './json.ts';
import type { ContainerView, HostAccess, PodView } from './pod-spec.ts';
import { containerLists } from './pod-spec.ts';
import type { CustomKind, KindSites, PodSite } from './workload-kinds.ts';
import { sitesOf } from './workload-kinds.ts';

/** An object, alone or an item of a list, and where it stands in what was given. */
export interface PlacedObject {
  readonly value: JsonObject;
  readonly apiVersion: string;
  readonly kind: string;
  readonly path: FieldPath;
}

/**
 * Lists in Lists that are followed. No API server takes a nested List, and the reader of manifests refuses a document this
 * deep; the bound keeps the work linear for whoever else sends one.
 */
export const maxListDepth = 128;

/**
 * The object itself, or the items of a List (of a List ...), with the kind that a typed list such as PodList gives them.
 * `items` make a list, whatever the kind: kubectl creates each of them from a file whose root says `kind: ConfigMap`.
 * Source: unstructuredJSONScheme.decode in k8s.io/apimachinery pkg/apis/meta/v1/unstructured.
 */
export function placedObjects(root: unknown): PlacedObject[] {
  const found: PlacedObject[] = [];
  place(root, '', '', [], 0, found);
  return found;
}

function place(
  value: unknown,
  listVersion: string,
  listKind: string,
  path: FieldPath,
  depth: number,
  found: PlacedObject[],
): void {
  if (!isObject(value)) return;
  const apiVersion = asString(value['apiVersion']) || listVersion;
  const kind = asString(value['kind']) || listKind;
  const items = depth < maxListDepth ? value['items'] : undefined;
  const isList = Array.isArray(items);
  const namedList = kind.endsWith('List');
  // A kind of its own may end in List, or have items, and make pods all the same.
  if (!isList || !namedList || value['spec'] !== undefined) found.push({ value, apiVersion, kind, path });
  if (!isList) return;
  const itemKind = namedList ? kind.slice(0, -'List'.length) : '';
  for (let index = 0; index < items.length; index += 1) {
    place(items[index], itemKind === '' ? '' : apiVersion, itemKind, [...path, 'items', index], depth + 1, found);
  }
}

const podSites: KindSites = { known: [{ spec: ['spec'] }], guessed: [] };

/** Every pod spec of an object, or what stands for one, in the order of the kind's sites. */
export function podViews(object: PlacedObject, kinds: readonly CustomKind[]): PodView[] {
  const slash = object.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : object.apiVersion.slice(0, slash);
  const { known, guessed } = group === '' && object.kind === 'Pod' ? podSites : sitesOf(group, object.kind, kinds);
  const views: PodView[] = [];
  for (const site of known) addViews(object, site, views);
  if (guessed.length === 0) return views;
  const seen = new Set(views.map(({ specPath }) => formatPath(specPath)));
  const guesses: PodView[] = [];
  for (const site of guessed) addViews(object, site, guesses);
  for (const view of guesses) {
    if (Array.isArray(view.spec['containers']) && !seen.has(formatPath(view.specPath))) views.push(view);
  }
  return views;
}

function addViews(object: PlacedObject, site: PodSite, views: PodView[]): void {
  const inherited = site.inherits === undefined ? nothingInherited : new Inherited(object.value, site.inherits);
  const add = (path: FieldPath, spec: unknown): void => {
    if (isObject(spec)) views.push(new SiteView(object, site, path, spec, inherited));
  };
  if (!site.spec.includes('*')) add(site.spec, valueAt(object.value, site.spec));
  else for (const [path, spec] of matches(object.value, site.spec)) add(path, spec);
}

/** What all templates of a site have from objects above them; read once, since there may be thousands of templates. */
class Inherited {
  readonly objects: readonly JsonObject[];
  #hostAccess: HostAccess | undefined;

  constructor(root: JsonObject, paths: readonly (readonly string[])[]) {
    this.objects = paths.map((path) => asObject(valueAt(root, path)));
  }

  get hostAccess(): HostAccess {
    this.#hostAccess ??= inOrder(this.objects.flatMap((each) => hostAccessOf(each, [])));
    return this.#hostAccess;
  }
}

const nothingInherited = new Inherited({}, []);

/** A pod spec at a site of an object. What only a finding needs is made when one asks for it: most pods have none. */
class SiteView implements PodView {
  readonly spec: JsonObject;
  readonly specPath: FieldPath;
  readonly containers: readonly ContainerView[];
  readonly template: boolean;
  readonly #object: PlacedObject;
  readonly #site: PodSite;
  readonly #inherited: Inherited;
  #metadata: JsonObject | undefined;
  #hostAccess: HostAccess | undefined;

  constructor(object: PlacedObject, site: PodSite, path: FieldPath, spec: JsonObject, inherited: Inherited) {
    this.spec = spec;
    this.specPath = object.path.length === 0 ? path : [...object.path, ...path];
    this.containers =
      site.containers === undefined ? listed(spec, this.specPath) : single(spec, this.specPath, site.containers);
    this.template = !(object.kind === 'Pod' && !object.apiVersion.includes('/'));
    this.#object = object;
    this.#site = site;
    this.#inherited = inherited;
  }

  get metadataPath(): FieldPath {
    const { metadata } = this.#site;
    return metadata === undefined ? [...this.specPath.slice(0, -1), 'metadata'] : [...this.specPath, metadata];
  }

  get metadata(): JsonObject {
    this.#metadata ??= this.#readMetadata();
    return this.#metadata;
  }

  get overlay(): boolean {
    const { overlay } = this.#site;
    if (typeof overlay !== 'string') return overlay === true;
    return [this.spec, ...this.#inherited.objects].some((each) => isObject(each[overlay]));
  }

  get hostAccess(): HostAccess {
    this.#hostAccess ??= this.#readHostAccess();
    return this.#hostAccess;
  }

  get serviceAccount(): string | undefined {
    for (const { serviceAccountName, serviceAccount } of [this.spec, ...this.#inherited.objects]) {
      const name = asString(serviceAccountName) || asString(serviceAccount);
      if (name !== '') return name;
    }
    // The operator of a template may have an account of its own to give; a pod has the default one.
    return this.#site.containers === undefined ? 'default' : undefined;
  }

  #readMetadata(): JsonObject {
    if (!this.template) return asObject(this.#object.value['metadata']);
    return asObject(valueAt(this.#object.value, this.metadataPath, this.#object.path.length));
  }

  #readHostAccess(): HostAccess {
    const own = hostAccessOf(this.spec, this.containers);
    return this.#inherited.hostAccess.length === 0 ? own : inOrder([...this.#inherited.hostAccess, ...own]);
  }
}

/** A container of a pod spec's list; its path is made when a finding asks for it, which is seldom. */
class ListedContainer implements ContainerView {
  readonly isStep = false;
  readonly value: JsonObject;
  readonly securityContext: JsonObject;
  readonly capabilities: JsonObject;
  readonly #specPath: FieldPath;
  readonly #list: string;
  readonly #index: number;

  constructor(value: JsonObject, specPath: FieldPath, list: string, index: number) {
    this.value = value;
    // Half of the rules ask for them, and a look-up in an object of an unknown shape costs as much as the rest of a rule.
    this.securityContext = asObject(value['securityContext']);
    this.capabilities = asObject(this.securityContext['capabilities']);
    this.#specPath = specPath;
    this.#list = list;
    this.#index = index;
  }

  get name(): string {
    return asString(this.value['name']);
  }

  get path(): FieldPath {
    return [...this.#specPath, this.#list, this.#index];
  }
}

/** The containers of the three lists of a pod spec. */
function listed(spec: JsonObject, specPath: FieldPath): ContainerView[] {
  const containers: ContainerView[] = [];
  for (const list of containerLists) {
    if (spec[list] === undefined) continue;
    const entries = asList(spec[list]);
    for (let index = 0; index < entries.length; index += 1) {
      const value = entries[index];
      if (!isObject(value)) continue;
      containers.push(new ListedContainer(value, specPath, list, index));
    }
  }
  return containers;
}

/** The containers at single places, as Argo and Tekton have them. */
function single(spec: JsonObject, specPath: FieldPath, places: readonly (readonly string[])[]): ContainerView[] {
  const containers: ContainerView[] = [];
  for (const place of places) {
    for (const [path, value] of matches(spec, place)) {
      if (!isObject(value)) continue;
      const name = asString(value['name']) || String(path.at(-1) ?? specPath.at(-1) ?? '');
      const securityContext = asObject(value['securityContext']);
      const capabilities = asObject(securityContext['capabilities']);
      containers.push({ value, securityContext, capabilities, name, path: [...specPath, ...path], isStep: true });
    }
  }
  return containers;
}

/** Every value that a path with `*` steps leads to, with the steps taken. */
function matches(root: unknown, pattern: readonly string[]): [FieldPath, unknown][] {
  if (!pattern.includes('*')) {
    const value = valueAt(root, pattern);
    return value === undefined ? [] : [[pattern, value]];
  }
  let found: [FieldPath, unknown][] = [[[], root]];
  for (const step of pattern) {
    const next: [FieldPath, unknown][] = [];
    for (const [path, value] of found) {
      if (step === '*' && Array.isArray(value)) {
        for (let index = 0; index < value.length; index += 1) next.push([[...path, index], value[index]]);
      } else if (isObject(value)) {
        for (const key of step === '*' ? Object.keys(value) : [step]) {
          if (Object.hasOwn(value, key)) next.push([[...path, key], value[key]]);
        }
      }
    }
    found = next;
  }
  return found;
}
