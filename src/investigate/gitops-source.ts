import type { JsonObject } from '../policy/finding.ts';
import { asObject, asString } from '../policy/json.ts';
import { shellWord } from '../report/shell-word.ts';

export type GitOpsTool =
  | 'argo-cd'
  | 'flux-kustomization'
  | 'flux-helm-release'
  | 'fleet'
  | 'k3s-addon'
  | 'olm'
  | 'config-sync'
  | 'addon-manager'
  | 'helm';

/** What says of an object that its source is elsewhere, so that a change in the cluster does not last. */
export interface GitOpsSource {
  readonly tool: GitOpsTool;
  /** For a person, as `Argo CD application web`; foreign text, not made plain. */
  readonly title: string;
  /** The label or annotation that says so, as `key=value`. */
  readonly mark: string;
  /** Name of the application, release, bundle...; '' where the mark does not tell. */
  readonly name: string;
  readonly namespace: string;
  /** Whether a controller brings a change back by itself; a Helm release does so only at its next upgrade. */
  readonly reconciles: boolean;
  /** Command lines for a POSIX shell, words quoted, that stop and start the reconciler; absent where there are none. */
  readonly suspend?: string;
  readonly resume?: string;
  /** Where a change lasts. */
  readonly changeAt: string;
}

/** Labels and annotations of an object, looked up by own keys only. */
interface Marks {
  readonly label: (key: string) => string;
  readonly annotation: (key: string) => string;
}

type Reader = (marks: Marks) => GitOpsSource | undefined;

/**
 * Every mark of an object, those that reconcile first. Whoever may write an object can write the marks, and can leave them
 * out: they are told as what they are, and prove nothing.
 */
export function gitOpsSources(object: JsonObject): readonly GitOpsSource[] {
  const { labels, annotations } = asObject(object['metadata']);
  const marks: Marks = { label: own(labels), annotation: own(annotations) };
  const found = readers.flatMap((read) => read(marks) ?? []);
  return [...found.filter(({ reconciles }) => reconciles), ...found.filter(({ reconciles }) => !reconciles)];
}

/** The mark that decides whether a change lasts: the first that reconciles, else the first. */
export function gitOpsSource(object: JsonObject): GitOpsSource | undefined {
  return gitOpsSources(object)[0];
}

function own(map: unknown): (key: string) => string {
  const entries = asObject(map);
  return (key) => (Object.hasOwn(entries, key) ? asString(entries[key]) : '');
}

/**
 * `app:group/kind:namespace/name`; an application outside Argo CD's own namespace is `namespace_app`. The label is that of
 * installations that track by label, where it was renamed as Argo CD's documentation advises.
 * Source: https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
 */
const argoCd: Reader = ({ label, annotation }) => {
  const byAnnotation = annotation('argocd.argoproj.io/tracking-id');
  const byLabel = label('argocd.argoproj.io/instance');
  const app = byAnnotation === '' ? byLabel : (byAnnotation.split(':', 1)[0] ?? '');
  if (app === '') return undefined;
  const underscore = app.indexOf('_');
  const namespace = underscore < 0 ? '' : app.slice(0, underscore);
  const name = app.slice(underscore + 1);
  const patch = (policy: string): string =>
    `kubectl -n ${shellWord(namespace || 'argocd')} patch applications.argoproj.io ${shellWord(name)} --type merge -p '{"spec":{"syncPolicy":{"automated":${policy}}}}'`;
  return {
    tool: 'argo-cd',
    title: `Argo CD application ${name}`,
    mark:
      byAnnotation === '' ? `argocd.argoproj.io/instance=${byLabel}` : `argocd.argoproj.io/tracking-id=${byAnnotation}`,
    name,
    namespace,
    reconciles: true,
    suspend: patch('null'),
    resume: patch('{"selfHeal":true}'),
    changeAt: 'the repository that the application names (spec.source)',
  };
};

/** Source: https://fluxcd.io/flux/components/kustomize/kustomizations/ and .../helm/helmreleases/ (labels of what is applied). */
function flux(group: 'kustomize' | 'helm', tool: GitOpsTool, kind: string, resource: string): Reader {
  return ({ label }) => {
    const key = `${group}.toolkit.fluxcd.io`;
    const name = label(`${key}/name`);
    if (name === '') return undefined;
    const namespace = label(`${key}/namespace`) || 'flux-system';
    const command = (verb: string): string => `flux ${verb} ${resource} ${shellWord(name)} -n ${shellWord(namespace)}`;
    return {
      tool,
      title: `Flux ${kind} ${namespace}/${name}`,
      mark: `${key}/name=${name}`,
      name,
      namespace,
      reconciles: true,
      suspend: command('suspend'),
      resume: command('resume'),
      changeAt: `the source that the ${kind} names`,
    };
  };
}

/**
 * Wrangler's object sets: Fleet applies its bundles so, and k3s what lies in its manifests folder.
 * Source: github.com/rancher/wrangler pkg/apply/desiredset_apply.go (LabelID, LabelGVK, LabelName, LabelNamespace).
 */
const objectSet: Reader = ({ annotation }) => {
  const id = annotation('objectset.rio.cattle.io/id');
  const owner = annotation('objectset.rio.cattle.io/owner-name');
  const kind = annotation('objectset.rio.cattle.io/owner-gvk');
  if (id === '' && owner === '') return undefined;
  const name = owner || id;
  const isAddon = kind.startsWith('k3s.cattle.io/');
  return {
    tool: isAddon ? 'k3s-addon' : 'fleet',
    title: isAddon ? `k3s add-on ${name}` : `Fleet bundle ${name}`,
    mark: `objectset.rio.cattle.io/id=${id}`,
    name,
    namespace: annotation('objectset.rio.cattle.io/owner-namespace'),
    reconciles: true,
    changeAt: isAddon
      ? `/var/lib/rancher/k3s/server/manifests on the server nodes`
      : 'the repository of its GitRepo; spec.paused: true on the GitRepo stops it',
  };
};

/** Source: github.com/operator-framework/operator-lifecycle-manager pkg/lib/ownerutil/util.go (OwnerKey, OwnerNamespaceKey, OwnerKind). */
const olm: Reader = ({ label }) => {
  const name = label('olm.owner');
  if (name === '') return undefined;
  const kind = label('olm.owner.kind') || 'ClusterServiceVersion';
  const namespace = label('olm.owner.namespace');
  return {
    tool: 'olm',
    title: `OLM ${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`,
    mark: `olm.owner=${name}`,
    name,
    namespace,
    reconciles: true,
    changeAt: `spec.install of the ${kind}, or the bundle that its Subscription brings`,
  };
};

/** Source: https://cloud.google.com/kubernetes-engine/enterprise/config-sync/docs/reference/labels-and-annotations */
const configSync: Reader = ({ annotation }) => {
  if (annotation('configmanagement.gke.io/managed') !== 'enabled') return undefined;
  const name = annotation('configsync.gke.io/manager') || annotation('config.k8s.io/owning-inventory');
  return {
    tool: 'config-sync',
    title: `Config Sync ${name}`.trimEnd(),
    mark: 'configmanagement.gke.io/managed=enabled',
    name,
    namespace: '',
    reconciles: true,
    changeAt: 'the repository of its RootSync or RepoSync',
  };
};

/** Source: k8s.io/kubernetes cluster/addons/addon-manager/README.md. EnsureExists only makes what is missing. */
const addonManager: Reader = ({ label }) => {
  const mode = label('addonmanager.kubernetes.io/mode');
  if (mode === '') return undefined;
  return {
    tool: 'addon-manager',
    title: `addon-manager (${mode})`,
    mark: `addonmanager.kubernetes.io/mode=${mode}`,
    name: '',
    namespace: '',
    reconciles: mode === 'Reconcile',
    changeAt: '/etc/kubernetes/addons on the control plane nodes, or the setting of the provider',
  };
};

/** Source: https://helm.sh/docs/topics/charts_tips_and_tricks/ and helm.sh/helm pkg/action/validate.go (ownership marks). */
const helm: Reader = ({ label, annotation }) => {
  const name = annotation('meta.helm.sh/release-name');
  if (name === '') return undefined;
  const namespace = annotation('meta.helm.sh/release-namespace');
  const managed = label('app.kubernetes.io/managed-by');
  return {
    tool: 'helm',
    title: `Helm release ${namespace === '' ? '' : `${namespace}/`}${name}`,
    mark: `meta.helm.sh/release-name=${name}`,
    name,
    namespace,
    reconciles: false,
    changeAt: `the values or the chart of the release${managed === 'Helm' ? '' : ' (the label app.kubernetes.io/managed-by=Helm is missing)'}; the next helm upgrade brings the old template back`,
  };
};

/** Helm last: Flux and Fleet leave its marks beside their own. */
const readers: readonly Reader[] = [
  argoCd,
  flux('kustomize', 'flux-kustomization', 'Kustomization', 'kustomization'),
  flux('helm', 'flux-helm-release', 'HelmRelease', 'helmrelease'),
  objectSet,
  olm,
  configSync,
  addonManager,
  helm,
];
