import { benignImage } from '../../support/pods.ts';
import type { ApiResponse } from '../harness/api-request.ts';
import type { ControlPlane } from '../harness/control-plane.ts';

/** The namespace of what is tried, which has a pod `target`. */
export const namespace = 'outage';

/** What somebody asks of the API server; nothing is stored. */
export interface Probe {
  /** As the head of the table says it. */
  readonly what: string;
  readonly path: string;
  readonly object?: object;
}

const app = { name: 'app', image: benignImage, securityContext: { capabilities: { drop: ['ALL'] } } };

function pod(what: string, spec: object): Probe {
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'probe-' }, spec };
  return { what, path: `/api/v1/namespaces/${namespace}/pods?dryRun=All`, object };
}

const labels = { app: 'probe' };

/** In the order of the table's columns. */
export const probes = {
  benign: pod('a benign pod', { containers: [app] }),
  repairable: pod('one to be repaired', { containers: [{ name: 'app', image: benignImage }] }),
  decided: pod('a bad pod that CEL decides', { hostNetwork: true, containers: [app] }),
  left: pod('one that it leaves to us', { containers: [{ ...app, command: ['sh', '-c', "n''map -sS 10.0.0.0/8"] }] }),
  told: pod('one to be warned of', { containers: [{ ...app, command: ['sh', '-c', 'nc -z db 5432'] }] }),
  template: {
    what: 'a bad Deployment',
    path: `/apis/apps/v1/namespaces/${namespace}/deployments?dryRun=All`,
    object: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'probe' },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { hostNetwork: true, containers: [app] } },
      },
    },
  },
  exec: {
    what: 'an exec',
    path: `/api/v1/namespaces/${namespace}/pods/target/exec?container=app&command=ls&stdout=true`,
  },
} as const satisfies Record<string, Probe>;

export type ProbeName = keyof typeof probes;
export const probeNames = Object.keys(probes) as ProbeName[];

/** How the API server answered, in the words and the order of the table. */
const answers = [
  'created',
  'created and told',
  'created and repaired',
  'let through',
  'refused with our message',
  '**refused for want of an answer**',
  '**no answer of the API server**',
] as const;
export type Answer = (typeof answers)[number];

/** The answer to a probe. The sentences are the API server's own: k8s.io/apiserver pkg/admission. */
export function answerOf(name: ProbeName, { status, body, headers }: ApiResponse): Answer {
  const message = typeof body === 'string' ? body : ((body as { readonly message?: string }).message ?? '');
  if (message.includes('failed calling webhook')) return '**refused for want of an answer**';
  if (/denied (?:the )?request: Seawall refuses/.test(message)) return 'refused with our message';
  // The pod that the exec is for runs nowhere.
  if (name === 'exec')
    return message.includes('does not have a host') ? 'let through' : '**no answer of the API server**';
  if (status !== 201) return '**no answer of the API server**';
  if (name === 'repairable' && JSON.stringify(body).includes('"NET_RAW"')) return 'created and repaired';
  return headers['warning'] === undefined ? 'created' : 'created and told';
}

/**
 * What was answered to each probe, each asked so many times at once. The API server is given 15 seconds for each where nothing
 * else is said: above what the webhooks take that do not answer, one after the other.
 */
export async function ask(
  { request }: Pick<ControlPlane, 'request'>,
  { times, patienceS = 15 }: { readonly times: number; readonly patienceS?: number },
): Promise<ReadonlyMap<ProbeName, readonly Answer[]>> {
  const one = async (name: ProbeName): Promise<Answer> => {
    const { object, path }: Probe = probes[name];
    try {
      const [method, timeout] = object === undefined ? ['GET', ''] : ['POST', `&timeout=${patienceS}s`];
      return answerOf(name, await request(method, path + timeout, object, { timeoutMs: (patienceS + 5) * 1_000 }));
    } catch {
      return '**no answer of the API server**';
    }
  };
  const given = await Promise.all(
    probeNames.map(async (name) => {
      const all = await Promise.all(Array.from({ length: times }, () => one(name)));
      return [name, answers.filter((each) => all.includes(each))] as const;
    }),
  );
  return new Map(given);
}
