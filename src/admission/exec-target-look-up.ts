import type { ApiClient } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import type { ExecTarget } from '../policy/exec-target.ts';
import { readExecTarget } from '../policy/exec-target.ts';
import { plainLine } from '../telemetry/plain-line.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { SparseWarning } from '../telemetry/sparse-warnings.ts';

/** The most milliseconds that an exec waits for its target. Source: SPEC 5. */
export const lookUpBoundMs = 500;

/** Look-ups that may be on their way at once; no exec waits for another's. */
export const maxLookUps = 64;

/** Of those, for pods of one namespace, and for one user: whoever asks for many leaves room for the others. */
export const maxLookUpsOfOne = 8;

/** What names look like in a path. Source: k8s.io/apimachinery pkg/util/validation (IsDNS1123Subdomain). */
const plainName = /^[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?$/;

/** A pod as an exec needs it, asked of the API server; undefined where no answer comes in time, whatever the reason. */
export type ExecTargetLookUp = (place: ExecTargetPlace, withinMs: number) => Promise<ExecTarget | undefined>;

/** Which pod an exec is for, and who asks. */
export interface ExecTargetPlace {
  readonly namespace: string;
  readonly name: string;
  readonly username: string;
}

export interface ExecTargetLookUpOptions {
  readonly client: Pick<ApiClient, 'request'>;
  readonly warn: SparseWarning;
}

export function execTargetLookUp({ client, warn }: ExecTargetLookUpOptions): ExecTargetLookUp {
  const underWay = new Map<string, UnderWay>();

  const ask = async (namespace: string, name: string): Promise<ExecTarget | undefined> => {
    try {
      const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
      // By our own clock too: the client's starts when the credentials are there.
      const answer = await within(client.request('GET', path, { timeoutMs: lookUpBoundMs }), lookUpBoundMs);
      if (answer !== undefined) return readExecTarget(answer.body);
      tell('timeout', namespace, name, `no answer within ${lookUpBoundMs} ms`);
      return undefined;
    } catch (error) {
      const code = error instanceof ApiError ? error.code : 'failed';
      // The API server will say so itself when its turn comes.
      if (code !== 'not-found') tell(code, namespace, name, reasonOf(error));
      return undefined;
    }
  };
  const tell = (reason: string, namespace: string, name: string, problem: string): void =>
    warn(
      reason,
      { namespace: plainLine(namespace, 64), pod: plainLine(name, 256), problem: plainLine(problem) },
      'the target of an exec could not be looked up and counts as one with host access',
    );

  /** Why there is no room for another one; undefined where there is. */
  const whyFull = (namespace: string, username: string): string | undefined => {
    let ofNamespace = 0;
    let ofUser = 0;
    for (const each of underWay.values()) {
      if (each.namespace === namespace) ofNamespace += 1;
      if (each.username === username) ofUser += 1;
    }
    if (underWay.size >= maxLookUps) return `${maxLookUps} look-ups are on their way`;
    if (ofNamespace >= maxLookUpsOfOne) return `${maxLookUpsOfOne} look-ups in this namespace are on their way`;
    if (ofUser >= maxLookUpsOfOne)
      return `${maxLookUpsOfOne} look-ups for ${plainLine(username, 256)} are on their way`;
    return undefined;
  };

  return async ({ namespace, name, username }, withinMs) => {
    if (withinMs <= 0 || !plainName.test(namespace) || !plainName.test(name)) return undefined;
    const key = `${namespace}/${name}`;
    let found = underWay.get(key)?.found;
    if (found === undefined) {
      const full = whyFull(namespace, username);
      if (full !== undefined) {
        tell('busy', namespace, name, full);
        return undefined;
      }
      found = ask(namespace, name).finally(() => underWay.delete(key));
      underWay.set(key, { namespace, username, found });
    }
    return within(found, Math.min(withinMs, lookUpBoundMs));
  };
}

/** A look-up that is on its way; others that ask for the same pod share it. */
interface UnderWay {
  readonly namespace: string;
  readonly username: string;
  readonly found: Promise<ExecTarget | undefined>;
}

/** What is promised, or undefined where it does not come in time. */
async function within<T>(promised: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promised, late]);
  } finally {
    clearTimeout(timer);
  }
}
