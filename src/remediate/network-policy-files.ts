import { isRunning } from '../audit/life.ts';
import type { ApiClient } from '../cluster/api.ts';
import type { ListOptions } from '../cluster/list.ts';
import { listPages } from '../cluster/list.ts';
import { asObject } from '../policy/json.ts';
import { plainLine } from '../report/terminal.ts';
import { yamlText } from '../report/yaml.ts';
import { quarantineLimits } from './isolate.ts';
import { nameOf } from './kinds.ts';
import type { WrittenFile } from './rbac-files.ts';

/** Names of pods that a summary tells; the rest is counted. */
const maxNamed = 10;
const maxLine = 10_000;

/**
 * A NetworkPolicy for a namespace that allows names to be resolved and nothing else, and which pods would lose what.
 * @throws {ApiError} where the pods cannot be listed
 */
export async function networkPolicyFiles(
  client: Pick<ApiClient, 'request'>,
  namespace: string,
  list: ListOptions,
): Promise<WrittenFile[]> {
  const bound: string[] = [];
  const onHost: string[] = [];
  for await (const { items } of listPages(client, `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`, list)) {
    for (const pod of items.filter(isRunning)) {
      (asObject(pod['spec'])['hostNetwork'] === true ? onHost : bound).push(nameOf(pod));
    }
  }
  const others: string[] = [];
  const path = `/apis/networking.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/networkpolicies`;
  for await (const { items } of listPages(client, path, list)) others.push(...items.map(nameOf));
  const summary = [
    `would lose all connections but DNS, in and out, beyond what other policies allow: ${some(bound)}`,
    `not bound by it, since they are on the host network: ${some(onHost)}`,
    `other policies, whose allowances stay: ${some(others)}`,
    ...quarantineLimits,
  ];
  const dns = [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ];
  const policy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'seawall-only-dns', namespace },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], egress: [{ ports: dns }] },
  };
  const name = `networkpolicy-${namespace}.yaml`;
  return [{ name, text: `${commented(summary)}${yamlText(policy)}`, summary }];
}

function some(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length > maxNamed ? `, and ${names.length - maxNamed} more` : '';
  return `${names.slice(0, maxNamed).join(', ')}${more}`;
}

/** Foreign names stand in comments; a line break in one would end the comment, and YAML takes no control character at all. */
export function commented(lines: readonly string[]): string {
  return lines.map((line) => `# ${plainLine(line, maxLine)}\n`).join('');
}
