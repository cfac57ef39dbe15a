import type { ApiClient } from '../cluster/api.ts';
import type { ListOptions } from '../cluster/list.ts';
import { RbacAnalysis } from '../rbac/analysis.ts';
import { subjectText } from '../rbac/objects.ts';
import { grantText } from '../rbac/rbac-words.ts';
import { readRbac } from '../rbac/read-cluster.ts';
import { isSystemHolder } from '../rbac/system-subjects.ts';
import { whoCouldLaunch } from '../rbac/who.ts';
import type { Unseen } from '../report/report.ts';

/** Who has the rights to launch a pod in one namespace. */
export interface WhoCould {
  /** Those who can by themselves, the first of them. */
  readonly subjects: readonly {
    /** As `User jane`. */
    readonly subject: string;
    /** Ids of the launch paths, as `L1`. */
    readonly paths: readonly string[];
    /** The role and the binding that give the first path. */
    readonly by: string;
  }[];
  readonly direct: number;
  /** Those who can only as somebody else. */
  readonly indirect: number;
  /** Parts of Kubernetes itself, which are not told. */
  readonly system: number;
}

/** Answers for one namespace. */
export type WhoCouldIn = (namespace: string) => WhoCould;

const maxTold = 12;

/** Where Seawall runs, where nobody has said otherwise. */
const guardNamespace = 'seawall';

/**
 * Reads what decides who may launch pods.
 * @param namespace - only what counts there; everything where it is absent
 * @throws {ApiError} where the API server does not answer, or takes us for nobody
 */
export async function readWhoCould(
  client: ApiClient,
  namespace: string | undefined,
  list: ListOptions,
): Promise<{ readonly whoCould: WhoCouldIn; readonly unseen: readonly Unseen[] }> {
  const { snapshot, unseen } = await readRbac(client, { namespace, list });
  const analysis = new RbacAnalysis(snapshot, guardNamespace);
  const whoCould = (where: string): WhoCould => {
    const all = whoCouldLaunch(analysis, where);
    const isSystem = ({ subject }: (typeof all)[number]): boolean => {
      const holder = analysis.holderOf(subject);
      return holder !== undefined && isSystemHolder(holder);
    };
    const others = all.filter((each) => !isSystem(each));
    const direct = others.filter(({ isDirect }) => isDirect);
    return {
      subjects: direct.slice(0, maxTold).map(({ subject, ways }) => {
        const [grant] = ways[0]?.grants ?? [];
        return {
          subject: subjectText(subject),
          paths: ways.filter(({ steps }) => steps.length === 0).map(({ path }) => path.id),
          by: grant === undefined ? '' : grantText(grant),
        };
      }),
      direct: direct.length,
      indirect: others.length - direct.length,
      system: all.length - others.length,
    };
  };
  return { whoCould, unseen };
}
