import type { ApiClient } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import type { ListOptions } from '../cluster/list.ts';
import { listPages } from '../cluster/list.ts';
import type { Unseen } from '../report/report.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { RbacSnapshot } from './collect.ts';
import { RbacCollector } from './collect.ts';

interface Source {
  readonly group: string;
  readonly kind: string;
  readonly resource: string;
  readonly namespaced: boolean;
  /** What is not known without it. */
  readonly unknown: string;
  /** Whether roles or accounts are missing without it. */
  readonly decides: boolean;
  /** Large objects, a few at a time. */
  readonly pageSize?: number;
}

const rbac = 'rbac.authorization.k8s.io';
const admission = 'admissionregistration.k8s.io';
const source = (group: string, kind: string, unknown: string, more: Partial<Source> = {}): Source => ({
  group,
  kind,
  resource: `${kind.toLowerCase()}s`,
  namespaced: false,
  unknown,
  decides: false,
  ...more,
});

const sources: readonly Source[] = [
  source(rbac, 'ClusterRole', 'what most bindings grant', { decides: true }),
  source(rbac, 'ClusterRoleBinding', 'who holds rights in every namespace'),
  source(rbac, 'Role', 'what bindings to roles of a namespace grant', { namespaced: true, decides: true }),
  source(rbac, 'RoleBinding', 'who holds rights in a namespace', { namespaced: true }),
  source('', 'ServiceAccount', 'which bindings name accounts that do not exist', { namespaced: true, decides: true }),
  source('', 'Namespace', 'which namespaces there are without a binding, and what Pod Security refuses in them'),
  source('', 'Pod', 'whose account an exec takes over', { namespaced: true }),
  source('apiextensions.k8s.io', 'CustomResourceDefinition', 'which custom kinds hold pod templates (L8)', {
    pageSize: 20,
  }),
  source(admission, 'ValidatingWebhookConfiguration', 'what Seawall refuses'),
  source(admission, 'MutatingWebhookConfiguration', 'who may change pods on their way'),
];

/** The kinds that are read of a cluster, as `group resource`: the rights that a whole answer needs to list. */
export const listedResources: readonly string[] = sources.map(({ group, resource }) =>
  group === '' ? resource : `${resource}.${group}`,
);

export interface ClusterRbac {
  readonly snapshot: RbacSnapshot;
  readonly unseen: readonly Unseen[];
}

/**
 * Reads what decides of a cluster; it only reads, and no Secrets.
 * @param namespace - only what is in this namespace, and what is in none
 * @throws {ApiError} where the API server does not answer, or takes us for nobody
 */
export async function readRbac(
  client: ApiClient,
  options: { readonly namespace?: string | undefined; readonly list: ListOptions },
): Promise<ClusterRbac> {
  const collector = new RbacCollector();
  const unseen: Unseen[] = [];
  let isWhole = true;
  for (const each of sources) {
    try {
      const list = each.pageSize === undefined ? options.list : { ...options.list, pageSize: each.pageSize };
      for await (const { items } of listPages(client, pathOf(each, options.namespace), list)) {
        for (const item of items) collector.add(item, `${each.group === '' ? '' : `${each.group}/`}v1`, each.kind);
      }
    } catch (error) {
      if (!(error instanceof ApiError) || !isOfOneKind(error)) throw error;
      const name = each.group === '' ? each.resource : `${each.resource}.${each.group}`;
      const reason = error.code === 'forbidden' ? `the right to list ${name} is missing` : reasonOf(error);
      unseen.push({ what: each.resource, reason, unknown: each.unknown });
      if (each.decides) isWhole = false;
    }
  }
  // Accounts of other namespaces are not read where only one is asked for.
  return { snapshot: collector.snapshot(isWhole && options.namespace === undefined), unseen };
}

function pathOf({ group, resource, namespaced }: Source, namespace: string | undefined): string {
  const root = group === '' ? '/api/v1' : `/apis/${group}/v1`;
  const scope = namespace === undefined || !namespaced ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${resource}`;
}

/** Whether the other kinds may be read where this one was not. */
function isOfOneKind({ code }: ApiError): boolean {
  return code !== 'cancelled' && code !== 'unauthorized' && code !== 'unreachable';
}
