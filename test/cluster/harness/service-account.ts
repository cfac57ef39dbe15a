import type { ApiClient } from './api-request.ts';

/**
 * A token of a ServiceAccount, good for an hour; the account is made where it does not exist.
 * @throws where the API server refuses
 */
export async function serviceAccountToken(client: ApiClient, namespace: string, name: string): Promise<string> {
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const made = await client.request('POST', accounts, { metadata: { name } });
  if (made.status !== 201 && made.status !== 409) {
    throw new Error(`ServiceAccount ${namespace}/${name}: ${JSON.stringify(made.body)}`);
  }
  const { status, body } = await client.request('POST', `${accounts}/${name}/token`, { spec: {} });
  const { status: { token } = {} } = body as { readonly status?: { readonly token?: string } };
  if (status !== 201 || token === undefined) {
    throw new Error(`a token of ServiceAccount ${namespace}/${name}: ${JSON.stringify(body)}`);
  }
  return token;
}
