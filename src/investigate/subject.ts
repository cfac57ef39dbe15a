import { UnknownSubject } from './unknown-subject.ts';
import type { FalcoEvent } from './falco-event.ts';
import { isName } from './kinds.ts';

/** What somebody wants to know about. */
export type Subject =
  | { readonly type: 'pod'; readonly namespace: string; readonly name: string }
  /** `kind` as a person writes it: deploy, statefulset, rollout.argoproj.io. */
  | { readonly type: 'owner'; readonly kind: string; readonly namespace: string; readonly name: string }
  | { readonly type: 'node'; readonly name: string }
  | { readonly type: 'image'; readonly image: string }
  | { readonly type: 'event'; readonly event: FalcoEvent };

const podWords: ReadonlySet<string> = new Set(['pod', 'pods', 'po']);
const nodeWords: ReadonlySet<string> = new Set(['node', 'nodes', 'no']);
const imageWords: ReadonlySet<string> = new Set(['image', 'images']);

/**
 * Reads `pod/web`, `pod web`, `deploy/web`, `node/n1`, `image/nicolaka/netshoot`.
 * @param words - one or two, as on a command line
 * @throws {UnknownSubject} where they name nothing that can be investigated
 */
export function readSubject(words: readonly string[], namespace: string): Subject {
  const [first = '', second] = words;
  const slash = first.indexOf('/');
  const kind = (second === undefined ? first.slice(0, Math.max(slash, 0)) : first).toLowerCase();
  const name = second ?? first.slice(slash + 1);
  if (kind === '')
    throw new UnknownSubject(`${first}: say what it is, as in pod/${first}, deploy/${first} or image/${first}`);
  if (imageWords.has(kind)) {
    if (name === '') throw new UnknownSubject('an image has a name, as in image/docker.io/nicolaka/netshoot');
    return { type: 'image', image: name };
  }
  if (!/^[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?$/.test(kind)) throw new UnknownSubject(`${kind}: no kind is called so`);
  if (!isName(name)) throw new UnknownSubject(`${kind}/${name}: that is no name of an object`);
  if (nodeWords.has(kind)) return { type: 'node', name };
  if (!isName(namespace)) throw new UnknownSubject(`${namespace}: that is no name of a namespace`);
  return podWords.has(kind) ? { type: 'pod', namespace, name } : { type: 'owner', kind, namespace, name };
}

/** What was asked for, as a person would say it; foreign text, not made plain. */
export function describeSubject(subject: Subject): string {
  switch (subject.type) {
    case 'pod':
      return `Pod ${subject.namespace}/${subject.name}`;
    case 'owner':
      return `${subject.kind} ${subject.namespace}/${subject.name}`;
    case 'node':
      return `Node ${subject.name}`;
    case 'image':
      return `image ${subject.image}`;
    case 'event':
      return `Falco event “${subject.event.rule}”`;
  }
}
