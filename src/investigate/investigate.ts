import type { ApiClient } from '../cluster/api.ts';
import type { ListOptions } from '../cluster/list.ts';
import { groupOf } from '../audit/owners.ts';
import { asObject, asString } from '../policy/json.ts';
import type { Policy } from '../policy/policy.ts';
import type { OwnerReference, Unseen } from '../report/report.ts';
import type { AuditFindings, IsWanted } from './audit-log.ts';
import { ClusterLook } from './cluster-look.ts';
import type { Shared } from './conclude.ts';
import { conclude, objectsOf } from './conclude.ts';
import { readRegistration } from './entry.ts';
import type { Cluster } from './gather.ts';
import { gather } from './gather.ts';
import type { Gathered } from './gathered.ts';
import type { WantedImage } from './image-use.ts';
import { imagesOf, whereImagesRun } from './image-use.ts';
import type { Investigation } from './investigation.ts';
import { Kinds } from './kinds.ts';
import { createdAt } from './pods-of-owner.ts';
import { containersOf } from './running.ts';
import type { Subject } from './subject.ts';
import type { AuditTarget } from './who-did.ts';
import type { WhoCouldIn } from './who-could.ts';
import { readWhoCould } from './who-could.ts';
import { isAboutAny } from './who-did.ts';

export interface InvestigateOptions {
  readonly policy: Policy;
  readonly nowMs: number;
  /** Name of the cluster, for a person. */
  readonly cluster: string;
  /** Flags for commands that lead to the same cluster, quoted, with a blank before; '' for none. */
  readonly flags: string;
  readonly list: ListOptions;
  /** Reads the audit logs that were given, for requests about some objects; undefined where none were. */
  readonly auditLog?: ((isWanted: IsWanted) => Promise<AuditFindings>) | undefined;
}

/**
 * Finds out what there is to know about subjects. It only reads; what it may not read is told and hides nothing else.
 * @throws {ApiError} where the API server does not answer, or takes us for nobody
 * @throws {UnknownSubject} where a subject's kind is not served
 */
export async function investigate(
  client: ApiClient,
  subjects: readonly Subject[],
  options: InvestigateOptions,
): Promise<Investigation[]> {
  const { policy, nowMs, list, cluster: name, flags, auditLog } = options;
  const kinds = new Kinds(client, list);
  const looked = [];
  for (const subject of subjects) {
    // A look of its own each, so that each page tells what it misses.
    const cluster = { look: new ClusterLook(client, list), kinds, policy, nowMs };
    const gathered = await gather(subject, cluster);
    looked.push({ gathered, cluster, targets: await targetsOf(gathered, cluster) });
  }
  const all = looked.flatMap(({ targets }) => targets);
  const log = await auditLog?.(isAboutAny(all));
  const images = wantedImages(looked.map(({ gathered }) => gathered));
  const look = new ClusterLook(client, list);
  const could = await whoCouldIn(
    client,
    looked.map(({ gathered }) => gathered),
    list,
  );
  const shared: Shared = {
    cluster: name,
    flags,
    log,
    registration: await readRegistration(look, nowMs),
    images: await whereImagesRun(images, look),
    whoCould: could.whoCould,
    unseen: [...look.unseen(), ...could.unseen],
  };
  const found: Investigation[] = [];
  for (const { gathered, cluster, targets } of looked) found.push(await conclude(gathered, targets, shared, cluster));
  return found;
}

/** Nothing is read of rights where no pod and no owner is in question. */
async function whoCouldIn(
  client: ApiClient,
  all: readonly Gathered[],
  list: ListOptions,
): Promise<{ readonly whoCould?: WhoCouldIn; readonly unseen: readonly Unseen[] }> {
  const namespaces = new Set(all.map(({ reference }) => reference?.namespace ?? '').filter((name) => name !== ''));
  const [only, ...others] = namespaces;
  if (only === undefined) return { unseen: [] };
  return readWhoCould(client, others.length === 0 ? only : undefined, list);
}

function wantedImages(all: readonly Gathered[]): WantedImage[] {
  const images = new Map<string, WantedImage>();
  for (const { pod } of all) {
    for (const image of pod === undefined ? [] : imagesOf(containersOf(pod.pod)))
      images.set(image.digest || image.image, image);
  }
  return [...images.values()];
}

/** What an audit log would name of a subject: the pod, its owners, by name also where they are gone. */
async function targetsOf(gathered: Gathered, { kinds }: Cluster): Promise<AuditTarget[]> {
  const { reference, chain } = gathered;
  const objects = objectsOf(gathered);
  const named = [...(reference === undefined ? [] : [reference]), ...chain.map((link) => link.reference)];
  const root = named.at(-1);
  const targets: AuditTarget[] = [];
  for (const each of named) {
    const served = await kinds.ofReference(each.apiVersion, each.kind);
    if (served === undefined) continue;
    const object = objects.find(({ reference: other }) => other === each || isSame(other, each))?.object;
    const role = each === root ? 'root' : each.kind === 'Pod' ? 'pod' : 'owner';
    targets.push({
      reference: each,
      group: groupOf(each.apiVersion),
      resource: served.resource,
      created: createdAt(object),
      role,
      isNameGenerated: asString(asObject(object?.['metadata'])['generateName']) !== '',
    });
  }
  return targets;
}

function isSame(one: OwnerReference, other: OwnerReference): boolean {
  return one.kind === other.kind && one.namespace === other.namespace && one.name === other.name;
}
