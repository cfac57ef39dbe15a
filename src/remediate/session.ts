import type { ApiClient } from '../cluster/api.ts';
import { asObject, asString } from '../policy/json.ts';
import type { KnownKind } from './kinds.ts';
import { groupOf } from './kinds.ts';

/** Which cluster is spoken to, and as whom: what a plan is bound to. */
export interface ClusterIdentity {
  /** As `context prod`. */
  readonly context: string;
  readonly server: string;
  readonly user: string;
}

/** What a person types for the cluster: the name of its context, or all that is told of one without. */
export function contextName({ context }: ClusterIdentity): string {
  return context.replace(/^context /, '');
}

/**
 * The user that the API server takes us for.
 * @throws {ApiError} where it does not tell
 */
export async function whoAmI(client: Pick<ApiClient, 'request'>): Promise<string> {
  const { body } = await client.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  return asString(asObject(asObject(body['status'])['userInfo'])['username']);
}

/** What a person must be allowed; a name where only one object is meant. */
export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace: string;
  readonly name?: string;
}

export function rightTo(
  verb: string,
  { apiVersion, resource, namespaced }: KnownKind,
  object: { readonly namespace: string; readonly name?: string },
  subresource?: string,
): Right {
  return {
    verb,
    group: groupOf(apiVersion),
    resource,
    ...(subresource !== undefined && { subresource }),
    namespace: namespaced ? object.namespace : '',
    ...(object.name !== undefined && { name: object.name }),
  };
}

/** A right, and whether we have it. */
export interface RightAnswer {
  readonly right: Right;
  readonly allowed: boolean;
}

/**
 * Asks the API server for each right, each once.
 * @throws {ApiError} where it does not answer
 */
export async function askForRights(
  client: Pick<ApiClient, 'request'>,
  rights: readonly Right[],
): Promise<readonly RightAnswer[]> {
  const answers: RightAnswer[] = [];
  const each = new Map(rights.map((right) => [describeRight(right), right]));
  for (const right of each.values()) {
    const { body } = await client.request('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: right },
      },
    });
    answers.push({ right, allowed: asObject(body['status'])['allowed'] === true });
  }
  return answers;
}

/** `patch deployments.apps shop/web`. */
export function describeRight({ verb, group, resource, subresource, namespace, name = '' }: Right): string {
  const what = `${resource}${subresource === undefined ? '' : `/${subresource}`}${group === '' ? '' : `.${group}`}`;
  const object = namespace === '' ? name : `${namespace}/${name === '' ? '*' : name}`;
  return `${verb} ${what}${object === '' ? '' : ` ${object}`}`;
}
