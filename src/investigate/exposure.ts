import { readGrant } from '../policy/capabilities.ts';
import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString, asStrings } from '../policy/json.ts';
import type { ContainerView } from '../policy/pod-spec.ts';
import { podViews } from '../policy/pod-views.ts';

/** What of the host a pod has in its hands. */
export interface Exposure {
  /** `network`, `PID`, `IPC`, in that order. */
  readonly hostNamespaces: readonly string[];
  /** What the policy calls host access, first names only. */
  readonly hostAccess: readonly string[];
  readonly containers: readonly ContainerExposure[];
  /** Paths of the host, and where they are mounted; whether mounted or not. */
  readonly hostPaths: readonly {
    readonly path: string;
    readonly mounts: readonly { readonly container: string; readonly at: string; readonly readOnly: boolean }[];
  }[];
  readonly serviceAccount: string;
  /** Whether its token is in the pod, as far as the pod's own spec decides. */
  readonly token: boolean;
}

export interface ContainerExposure {
  readonly name: string;
  readonly privileged: boolean;
  /** The bounding set by the rules of containerd, in the order of the kernel; `['ALL']` for everything. */
  readonly capabilities: readonly string[];
  /** Those beyond what a runtime gives everyone. */
  readonly beyondDefault: readonly string[];
  readonly netRaw: boolean;
  /** Whether the spec says that it does not run as root: the set is a bound then, and not in effect by itself. */
  readonly nonRoot: boolean;
}

/**
 * What containerd and docker give a container that asks for nothing (a80425fb), in the order of the kernel.
 * Source: containerd pkg/oci/spec.go (defaultUnixCaps).
 */
const runtimeDefault = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SYS_CHROOT',
  'MKNOD',
  'AUDIT_WRITE',
  'SETFCAP',
];

export function exposureOf(pod: JsonObject): Exposure {
  const spec = asObject(pod['spec']);
  const [view] = podViews({ value: pod, apiVersion: 'v1', kind: 'Pod', path: [] }, []);
  const named = [
    ['hostNetwork', 'network'],
    ['hostPID', 'PID'],
    ['hostIPC', 'IPC'],
  ] as const;
  return {
    hostNamespaces: named.filter(([field]) => spec[field] === true).map(([, name]) => name),
    hostAccess: view?.hostAccess ?? [],
    containers: (view?.containers ?? []).map((container) => containerExposure(container, spec)),
    hostPaths: hostPathsOf(spec, view?.containers ?? []),
    serviceAccount: asString(spec['serviceAccountName']) || 'default',
    token: hasToken(spec),
  };
}

function containerExposure(container: ContainerView, spec: JsonObject): ContainerExposure {
  const { name, securityContext: security } = container;
  const ofPod = asObject(spec['securityContext']);
  const { add, drop } = container.capabilities;
  const privileged = security['privileged'] === true;
  const capabilities = privileged ? ['ALL'] : boundingSet(asStrings(add), asStrings(drop));
  const user = security['runAsUser'] ?? ofPod['runAsUser'];
  return {
    name,
    privileged,
    capabilities,
    beyondDefault: capabilities.filter((each) => !runtimeDefault.includes(each)),
    netRaw: capabilities.includes('NET_RAW') || capabilities.includes('ALL'),
    nonRoot: typeof user === 'number' ? user > 0 : (security['runAsNonRoot'] ?? ofPod['runAsNonRoot']) === true,
  };
}

/**
 * Drops come first and an add counts whatever was dropped; a drop is looked up with CAP_ put in front, so that
 * `CAP_NET_RAW` drops nothing. Source: containerd internal/cri/opts/spec_linux_opts.go (WithCapabilities).
 */
function boundingSet(add: readonly string[], drop: readonly string[]): string[] {
  const dropped = new Set(drop.map((each) => each.toUpperCase()));
  const kept = dropped.has('ALL') ? [] : runtimeDefault.filter((each) => !dropped.has(each));
  const added = add.map((each) => readGrant(each).name).filter((each) => each !== '');
  return added.includes('ALL') ? ['ALL'] : [...new Set([...kept, ...added])];
}

function hostPathsOf(spec: JsonObject, containers: readonly ContainerView[]): Exposure['hostPaths'] {
  const paths = new Map<string, string>();
  for (const entry of asList(spec['volumes'])) {
    const { name, hostPath } = asObject(entry);
    const path = asString(asObject(hostPath)['path']);
    if (path !== '') paths.set(asString(name), path);
  }
  const mounts = new Map<string, { container: string; at: string; readOnly: boolean }[]>();
  for (const { name: container, value } of containers) {
    for (const entry of asList(value['volumeMounts'])) {
      const { name, mountPath, readOnly } = asObject(entry);
      const volume = asString(name);
      if (!paths.has(volume)) continue;
      const of = mounts.get(volume) ?? [];
      of.push({ container, at: asString(mountPath), readOnly: readOnly === true });
      mounts.set(volume, of);
    }
  }
  return [...paths].map(([volume, path]) => ({ path, mounts: mounts.get(volume) ?? [] }));
}

/** The API server mounts the token as a projected volume of its own when the pod is admitted. */
function hasToken(spec: JsonObject): boolean {
  return asList(spec['volumes']).some((volume) =>
    asList(asObject(asObject(volume)['projected'])['sources']).some(
      (source) => asObject(source)['serviceAccountToken'] !== undefined,
    ),
  );
}
