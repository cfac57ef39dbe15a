import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString } from '../policy/json.ts';
import { clusterRoleRules } from './aggregate.ts';
import { builtInRoles } from './built-in-roles.ts';
import type { Binding, RbacObjects, Role } from './objects.ts';
import { RbacReader, rbacGroup, ruleOf } from './objects.ts';
import type { TemplateKind } from './pod-template-schema.ts';
import { knownTemplateKinds, templateKindOf } from './pod-template-schema.ts';

/** What is known of a cluster, of all that decides who may launch a pod there. */
export interface RbacSnapshot {
  readonly objects: RbacObjects;
  /** Labels by name; those that only a binding, an account or a pod stands in have none. */
  readonly namespaces: ReadonlyMap<string, JsonObject>;
  /** Names of the ServiceAccounts by namespace. */
  readonly accounts: ReadonlyMap<string, ReadonlySet<string>>;
  /** Names of the ServiceAccounts that pods run as, by namespace and name of the pod. */
  readonly podAccounts: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Custom kinds that an operator makes pods from. */
  readonly templateKinds: readonly TemplateKind[];
  readonly webhookConfigurations: readonly JsonObject[];
  /** Whether every role and ServiceAccount is here, so that one that is not here does not exist. */
  readonly isWhole: boolean;
}

/** The snapshot that a number of objects are. */
export function collectRbac(values: Iterable<JsonObject>, isWhole = true): RbacSnapshot {
  const collector = new RbacCollector();
  for (const value of values) collector.add(value, asString(value['apiVersion']), asString(value['kind']));
  return collector.snapshot(isWhole);
}

/** Takes objects one at a time and keeps of each what decides. */
export class RbacCollector {
  readonly #reader = new RbacReader();
  readonly #clusterRoles: JsonObject[] = [];
  readonly #roles: Role[] = [];
  readonly #bindings: Binding[] = [];
  readonly #namespaces = new Map<string, JsonObject>();
  readonly #accounts = new Map<string, Set<string>>();
  readonly #podAccounts = new Map<string, Map<string, string>>();
  readonly #templateKinds: TemplateKind[] = [];
  readonly #webhookConfigurations: JsonObject[] = [];
  #definitions = 0;

  /** Whether the object is one that decides anything. */
  add(value: JsonObject, apiVersion: string, kind: string): boolean {
    const slash = apiVersion.indexOf('/');
    const group = slash < 0 ? '' : apiVersion.slice(0, slash);
    const metadata = asObject(value['metadata']);
    const name = asString(metadata['name']);
    // Without one, kubectl puts it into the namespace of its context.
    const namespace = asString(metadata['namespace']) || 'default';
    switch (`${group}/${kind}`) {
      case `${rbacGroup}/ClusterRole`:
        this.#clusterRoles.push(value);
        return true;
      case `${rbacGroup}/Role`:
        this.#roles.push(
          this.#reader.role(
            'Role',
            value,
            namespace,
            asList(value['rules']).map((rule) => ruleOf(asObject(rule))),
          ),
        );
        return this.#stands(namespace);
      case `${rbacGroup}/ClusterRoleBinding`:
        this.#bindings.push(this.#reader.binding('ClusterRoleBinding', value, ''));
        return true;
      case `${rbacGroup}/RoleBinding`:
        this.#bindings.push(this.#reader.binding('RoleBinding', value, namespace));
        return this.#stands(namespace);
      case '/Namespace':
        this.#namespaces.set(name, asObject(metadata['labels']));
        return true;
      case '/ServiceAccount':
        put(this.#accounts, namespace, name);
        return this.#stands(namespace);
      case '/Pod':
        this.#addPod(namespace, name, asString(asObject(value['spec'])['serviceAccountName']) || 'default');
        return this.#stands(namespace);
      case 'apiextensions.k8s.io/CustomResourceDefinition':
        this.#addDefinition(value);
        return true;
      case 'admissionregistration.k8s.io/ValidatingWebhookConfiguration':
      case 'admissionregistration.k8s.io/MutatingWebhookConfiguration':
        this.#webhookConfigurations.push({ ...value, kind });
        return true;
      default:
        return false;
    }
  }

  snapshot(isWhole: boolean): RbacSnapshot {
    const rules = clusterRoleRules(this.#clusterRoles);
    const clusterRoles = this.#clusterRoles.map((value) =>
      this.#reader.role('ClusterRole', value, '', rules.get(asString(asObject(value['metadata'])['name'])) ?? []),
    );
    // Files bind to the roles that every cluster has and rarely hold them.
    const builtIn = isWhole ? [] : builtInRoles.filter(({ name }) => !rules.has(name));
    return {
      objects: { roles: [...clusterRoles, ...builtIn, ...this.#roles], bindings: this.#bindings },
      namespaces: this.#namespaces,
      accounts: this.#accounts,
      podAccounts: this.#podAccounts,
      // Files, or no definitions at all, do not tell that a kind is not there.
      templateKinds: isWhole && this.#definitions > 0 ? this.#templateKinds : withKnown(this.#templateKinds),
      webhookConfigurations: this.#webhookConfigurations,
      isWhole,
    };
  }

  #addPod(namespace: string, name: string, account: string): void {
    const known = this.#podAccounts.get(namespace) ?? new Map<string, string>();
    this.#podAccounts.set(namespace, known);
    known.set(name, account);
  }

  #addDefinition(value: JsonObject): void {
    this.#definitions += 1;
    const found = templateKindOf(value);
    if (found !== undefined) this.#templateKinds.push(found);
  }

  #stands(namespace: string): true {
    if (namespace !== '' && !this.#namespaces.has(namespace)) this.#namespaces.set(namespace, {});
    return true;
  }
}

function withKnown(found: readonly TemplateKind[]): TemplateKind[] {
  const all = [...knownTemplateKinds(), ...found];
  return [...new Map(all.map((kind) => [`${kind.group}/${kind.resource}`, kind])).values()];
}

function put(map: Map<string, Set<string>>, key: string, value: string): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Set([value]));
  else known.add(value);
}
