import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString, asStrings } from '../policy/json.ts';
import { containerLists } from '../policy/pod-spec.ts';

/** One container of a pod: what it was told to run, and what became of it. */
export interface ContainerFacts {
  readonly name: string;
  readonly type: 'container' | 'init container' | 'ephemeral container';
  readonly image: string;
  /** `sha256:...` of what was pulled; '' before. */
  readonly digest: string;
  /** command and args; empty where the image decides. */
  readonly command: readonly string[];
  readonly state: 'running' | 'terminated' | 'waiting' | 'unknown';
  /** RFC 3339; '' where it did not start or end. */
  readonly started: string;
  readonly ended: string;
  /** Exit code, or why it waits. */
  readonly detail: string;
  readonly restarts: number;
  /** Without the runtime's prefix; '' before it was made. */
  readonly id: string;
}

const types = new Map<string, ContainerFacts['type']>([
  ['initContainers', 'init container'],
  ['containers', 'container'],
  ['ephemeralContainers', 'ephemeral container'],
]);

const statusLists = new Map<string, string>([
  ['initContainers', 'initContainerStatuses'],
  ['containers', 'containerStatuses'],
  ['ephemeralContainers', 'ephemeralContainerStatuses'],
]);

/** The containers of a pod with their statuses, in the order of the spec. */
export function containersOf(pod: JsonObject): ContainerFacts[] {
  const spec = asObject(pod['spec']);
  const status = asObject(pod['status']);
  return containerLists.flatMap((list) => {
    const statuses = new Map(
      asList(status[statusLists.get(list) ?? '']).map((entry) => [asString(asObject(entry)['name']), asObject(entry)]),
    );
    return asList(spec[list]).map((entry) => {
      const container = asObject(entry);
      const name = asString(container['name']);
      return factsOf(container, statuses.get(name) ?? {}, types.get(list) ?? 'container');
    });
  });
}

function factsOf(container: JsonObject, status: JsonObject, type: ContainerFacts['type']): ContainerFacts {
  const state = asObject(status['state']);
  const { running, terminated, waiting } = state;
  const ended = asObject(terminated);
  const restarts = status['restartCount'];
  return {
    name: asString(container['name']),
    type,
    image: asString(container['image']),
    digest: digestOf(asString(status['imageID'])),
    command: [...asStrings(container['command']), ...asStrings(container['args'])],
    state:
      running !== undefined
        ? 'running'
        : terminated !== undefined
          ? 'terminated'
          : waiting !== undefined
            ? 'waiting'
            : 'unknown',
    started: asString(asObject(running ?? terminated)['startedAt']),
    ended: asString(ended['finishedAt']),
    detail: terminated !== undefined ? `exit code ${String(ended['exitCode'])}` : asString(asObject(waiting)['reason']),
    restarts: typeof restarts === 'number' ? restarts : 0,
    id: asString(status['containerID']).replace(/^[a-z-]+:\/\//, ''),
  };
}

/** `docker.io/library/x@sha256:...`, `sha256:...`, or with docker-pullable:// in front. */
export function digestOf(imageId: string): string {
  return /sha256:[0-9a-f]{64}$/.exec(imageId)?.[0] ?? '';
}

/** The container that an event is of: by its id, which Falco cuts to twelve digits, else by its name. */
export function containerOfEvent(
  containers: readonly ContainerFacts[],
  { id, name }: { readonly id: string; readonly name: string },
): ContainerFacts | undefined {
  const byId = /^[0-9a-f]{12,64}$/.test(id) ? containers.find((each) => each.id.startsWith(id)) : undefined;
  return byId ?? containers.find((each) => name !== '' && each.name === name);
}
