/** Policies as plain values, for tests. */

export type Fields = Readonly<Record<string, unknown>>;

export function policyOf(spec: Fields): Fields {
  return { apiVersion: 'seawall.dev/v1alpha1', kind: 'Policy', metadata: { name: 'test' }, spec };
}

/** An exemption that is right, with other fields laid over it. */
export function exemptionOf(fields: Fields): Fields {
  return {
    name: 'cni',
    reason: 'programs the network',
    owner: 'platform',
    rules: ['host-network'],
    namespaces: ['kube-system'],
    ...fields,
  };
}
