import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson } from '../../src/remediate/spec-hash.ts';
import { runCommand } from '../support/command-io.ts';
import type { CommandResult } from '../support/command-io.ts';
import type { Fields } from '../support/pods.ts';
import { podSpec } from '../support/pods.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { waitUntil } from './harness/wait-until.ts';

/** A person who remedies, in a folder of their own. */
export interface Remediator {
  readonly folder: string;
  /** Runs `seawall remediate ...` against the cluster. */
  run(...args: readonly string[]): Promise<CommandResult>;
  /** Plans, and returns the path of the plan. */
  plan(name: string, ...args: readonly string[]): Promise<{ readonly file: string } & CommandResult>;
  /** The case folder of a plan. */
  caseOf(file: string): string;
  close(): void;
}

export function remediator(kubeconfig: string, identity: readonly string[] = []): Remediator {
  const folder = mkdtempSync(join(tmpdir(), 'seawall-remediate-'));
  const run = (...args: readonly string[]): Promise<CommandResult> =>
    runCommand(['remediate', ...args, '--kubeconfig', kubeconfig, ...identity], { nowMs: Date.now() });
  return {
    folder,
    run,
    plan: async (name, ...args) => {
      const file = join(folder, `${name}.json`);
      return { file, ...(await run('plan', ...args, '--plan', file)) };
    },
    caseOf: (file) => {
      const { id } = JSON.parse(readFileSync(file, 'utf8')) as { readonly id: string };
      return join(folder, `seawall-case-${id}`);
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Every file of a folder, by its path below it. */
export function filesOf(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    names.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), readFileSync(path, 'utf8')];
    }),
  );
}

const labelsOf = (name: string): Fields => ({ app: name });

/** A workload that the policy refuses: its pods are on the host's network. */
export function offender(
  kind: string,
  name: string,
  fields: Fields = {},
  pod: Fields = podSpec({ hostNetwork: true }),
) {
  const metadata = { name, namespace: 'shop' };
  const template = { metadata: { labels: labelsOf(name) }, spec: pod };
  const ending = { ...template, spec: { ...pod, restartPolicy: 'Never' } };
  switch (kind) {
    case 'Pod':
      return { apiVersion: 'v1', kind, metadata: { ...metadata, labels: labelsOf(name) }, spec: { ...pod, ...fields } };
    case 'CronJob':
      return {
        apiVersion: 'batch/v1',
        kind,
        metadata,
        spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: ending } }, ...fields },
      };
    case 'Job':
      return { apiVersion: 'batch/v1', kind, metadata, spec: { template: ending, ...fields } };
    case 'ReplicationController':
      return { apiVersion: 'v1', kind, metadata, spec: { replicas: 2, selector: labelsOf(name), template, ...fields } };
    default: {
      const spec = { selector: { matchLabels: labelsOf(name) }, template, ...fields };
      const sized = kind === 'DaemonSet' ? spec : { replicas: 2, ...spec };
      return { apiVersion: 'apps/v1', kind, metadata, spec: sized };
    }
  }
}

/** The spec of an object as text, to be compared byte by byte. */
export async function specOf(
  { kubectl }: Pick<ControlPlane, 'kubectl'>,
  resource: string,
  name: string,
): Promise<string> {
  const { code, stdout, stderr } = await kubectl(['get', resource, name, '-n', 'shop', '-o', 'json']);
  if (code !== 0) throw new Error(stderr);
  const { spec } = JSON.parse(stdout) as { readonly spec: unknown };
  return canonicalJson(spec);
}

/** Names of the pods of a workload that `offender` made. */
export async function podsOf({ kubectl }: Pick<ControlPlane, 'kubectl'>, app: string): Promise<string[]> {
  const { stdout } = await kubectl(['get', 'pods', '-n', 'shop', '-l', `app=${app}`, '-o', 'name']);
  return stdout.split('\n').filter((line) => line !== '');
}

/**
 * Waits until no pod of the namespace is younger than two seconds. The server tells whole seconds, so that `verify` counts a
 * pod that was made in the second before a change as one that was made anew.
 */
export async function untilNoPodIsYoung({ kubectl }: Pick<ControlPlane, 'kubectl'>): Promise<void> {
  await waitUntil('no pod to be young', async () => {
    const { stdout } = await kubectl([
      'get',
      'pods',
      '-n',
      'shop',
      '-o',
      'jsonpath={.items[*].metadata.creationTimestamp}',
    ]);
    const times = stdout.split(' ').filter((each) => each !== '');
    return times.every((time) => Date.now() - Date.parse(time) > 2_000) ? true : undefined;
  });
}

export async function waitForPods(
  cluster: Pick<ControlPlane, 'kubectl'>,
  app: string,
  count: number,
): Promise<string[]> {
  return waitUntil(`${count} pods of ${app}`, async () => {
    const names = await podsOf(cluster, app);
    return names.length === count ? names : undefined;
  });
}

/** Makes a namespace, and waits until pods can be made in it. */
export async function makeNamespace(cluster: ControlPlane, name: string): Promise<void> {
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await waitUntil(`the ServiceAccount of ${name}`, async () => {
    const { status } = await cluster.request('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`);
    return status === 200 ? true : undefined;
  });
}
