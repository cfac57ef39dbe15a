import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPace } from '../cluster/pace.ts';
import { guardNamespace } from '../investigate/admission-in-force.ts';
import { RbacAnalysis } from '../rbac/analysis.ts';
import { launchPathIds } from '../rbac/launch-paths.ts';
import type { LaunchPathId } from '../rbac/launch-paths.ts';
import type { Subject } from '../rbac/objects.ts';
import { readRbac } from '../rbac/read-cluster.ts';
import { networkPolicyFiles } from '../remediate/network-policy-files.ts';
import { rbacFiles } from '../remediate/rbac-files.ts';
import type { WrittenFile } from '../remediate/rbac-files.ts';
import { plainLine } from '../report/terminal.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';
import { withCluster } from './remediate-cluster.ts';
import { UsageError } from './usage-error.ts';

export interface RemediateRbacOptions extends ConnectionOptions {
  /** `ServiceAccount:shop/web`, `User:jane`, `Group:devs`. */
  readonly subject?: string | undefined;
  readonly paths: readonly string[];
  /** A namespace to write a NetworkPolicy for. */
  readonly namespace?: string | undefined;
  /** Folder that the files go to; it must not exist. */
  readonly out: string;
}

/** `seawall remediate rbac`: writes tightened roles and NetworkPolicies, with who would lose what. It applies none of it. */
export async function remediateRbacCommand(options: RemediateRbacOptions, io: CommandIo): Promise<number> {
  const { namespace } = options;
  const subject = options.subject === undefined ? undefined : readSubject(options.subject);
  const paths = options.paths.map(readPath);
  if (subject === undefined && namespace === undefined) {
    throw new UsageError(
      'name whose rights to tighten (--subject with --path), or a namespace for a NetworkPolicy (-n)',
    );
  }
  if ((subject === undefined) !== (paths.length === 0)) throw new UsageError('--subject and --path go together');
  return withCluster(options, io, async ({ client, signal }) => {
    const list = { pace: createPace(50), signal };
    const files: WrittenFile[] = [];
    let isWhole = true;
    if (subject !== undefined) {
      const { snapshot, unseen } = await readRbac(client, { list });
      for (const { what, reason, unknown } of unseen) {
        isWhole = false;
        io.stderr(`${plainLine(`not seen: ${what}: ${reason}; not known: ${unknown}`, 2_000)}\n`);
      }
      const analysis = new RbacAnalysis(snapshot, guardNamespace(snapshot.webhookConfigurations));
      files.push(...rbacFiles(analysis, subject, paths));
    }
    if (namespace !== undefined) files.push(...(await networkPolicyFiles(client, namespace, list)));
    await writeFiles(options.out, files);
    for (const { name, summary } of files) {
      io.stdout(`${plainLine(join(options.out, name))}\n`);
      for (const line of summary) io.stdout(`  ${plainLine(line, 2_000)}\n`);
    }
    io.stdout(
      files.length === 0
        ? 'nothing to tighten: the subject does not hold these paths by itself\n'
        : 'nothing was applied\n',
    );
    return isWhole ? exitCodes.ok : exitCodes.partial;
  });
}

async function writeFiles(folder: string, files: readonly WrittenFile[]): Promise<void> {
  if (files.length === 0) return;
  try {
    await mkdir(folder);
  } catch (cause) {
    throw new Error(`${folder}: the folder cannot be made; name one that does not exist (--out)`, { cause });
  }
  for (const { name, text } of files) await writeFile(join(folder, name), text, { flag: 'wx' });
}

function readSubject(word: string): Subject {
  const [, kind = '', rest = ''] = /^(ServiceAccount|User|Group):(.+)$/s.exec(word) ?? [];
  const slash = rest.indexOf('/');
  if (kind === 'ServiceAccount' && slash > 0) {
    return { kind, namespace: rest.slice(0, slash), name: rest.slice(slash + 1) };
  }
  if ((kind === 'User' || kind === 'Group') && rest !== '') return { kind, namespace: '', name: rest };
  throw new UsageError(
    `${plainLine(word, 100)} names no subject: give ServiceAccount:NAMESPACE/NAME, User:NAME or Group:NAME`,
  );
}

function readPath(word: string): LaunchPathId {
  const found = launchPathIds.find((id) => id === word);
  if (found !== undefined) return found;
  throw new UsageError(`${plainLine(word, 50)} is no launch path: they are ${launchPathIds.join(', ')}`);
}
