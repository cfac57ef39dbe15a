import { gitOpsSource, gitOpsSources } from '../../src/investigate/gitops-source.ts';

interface Marks {
  readonly labels?: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

const cases: readonly {
  name: string;
  marks: Marks;
  title: string | undefined;
  reconciles?: boolean;
  suspend?: string;
}[] = [
  {
    name: 'Argo CD by annotation',
    marks: { annotations: { 'argocd.argoproj.io/tracking-id': 'web:apps/Deployment:shop/web' } },
    title: 'Argo CD application web',
    reconciles: true,
    suspend: `kubectl -n argocd patch applications.argoproj.io web --type merge -p '{"spec":{"syncPolicy":{"automated":null}}}'`,
  },
  {
    name: 'Argo CD, an application in a namespace of its own',
    marks: { annotations: { 'argocd.argoproj.io/tracking-id': 'team-a_web:apps/Deployment:shop/web' } },
    title: 'Argo CD application web',
    suspend: `kubectl -n team-a patch applications.argoproj.io web --type merge -p '{"spec":{"syncPolicy":{"automated":null}}}'`,
  },
  {
    name: 'Argo CD by label',
    marks: { labels: { 'argocd.argoproj.io/instance': 'web' } },
    title: 'Argo CD application web',
  },
  {
    name: 'the common instance label alone is nobody’s',
    marks: { labels: { 'app.kubernetes.io/instance': 'web' } },
    title: undefined,
  },
  {
    name: 'Flux Kustomization',
    marks: { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux' } },
    title: 'Flux Kustomization flux/apps',
    suspend: 'flux suspend kustomization apps -n flux',
  },
  {
    name: 'Flux HelmRelease, beside the marks of Helm',
    marks: {
      labels: { 'helm.toolkit.fluxcd.io/name': 'web', 'helm.toolkit.fluxcd.io/namespace': 'shop' },
      annotations: { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'shop' },
    },
    title: 'Flux HelmRelease shop/web',
    reconciles: true,
  },
  {
    name: 'Helm',
    marks: { annotations: { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'shop' } },
    title: 'Helm release shop/web',
    reconciles: false,
  },
  {
    name: 'OLM',
    marks: {
      labels: { 'olm.owner': 'etcd.v1', 'olm.owner.namespace': 'operators', 'olm.owner.kind': 'ClusterServiceVersion' },
    },
    title: 'OLM ClusterServiceVersion operators/etcd.v1',
  },
  {
    name: 'Fleet',
    marks: { annotations: { 'objectset.rio.cattle.io/id': 'default-web' } },
    title: 'Fleet bundle default-web',
  },
  {
    name: 'a k3s add-on',
    marks: {
      annotations: {
        'objectset.rio.cattle.io/id': '',
        'objectset.rio.cattle.io/owner-gvk': 'k3s.cattle.io/v1, Kind=Addon',
        'objectset.rio.cattle.io/owner-name': 'coredns',
      },
    },
    title: 'k3s add-on coredns',
  },
  {
    name: 'Config Sync',
    marks: { annotations: { 'configmanagement.gke.io/managed': 'enabled', 'configsync.gke.io/manager': ':root' } },
    title: 'Config Sync :root',
  },
  {
    name: 'addon-manager that reconciles',
    marks: { labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile' } },
    title: 'addon-manager (Reconcile)',
    reconciles: true,
  },
  {
    name: 'addon-manager that does not, beside Argo CD',
    marks: {
      labels: { 'addonmanager.kubernetes.io/mode': 'EnsureExists', 'argocd.argoproj.io/instance': 'dns' },
    },
    title: 'Argo CD application dns',
  },
  {
    name: 'a name for a shell',
    marks: { labels: { 'kustomize.toolkit.fluxcd.io/name': '-x; rm -rf / #' } },
    title: 'Flux Kustomization flux-system/-x; rm -rf / #',
    suspend: `flux suspend kustomization './-x; rm -rf / #' -n flux-system`,
  },
  {
    name: 'marks of other types',
    marks: { labels: { 'olm.owner': 7 }, annotations: { 'argocd.argoproj.io/tracking-id': ['web'] } },
    title: undefined,
  },
  { name: 'no marks', marks: {}, title: undefined },
];

test.each(cases)('$name', ({ marks, title, reconciles, suspend }) => {
  const source = gitOpsSource({ metadata: marks });
  expect(source?.title).toBe(title);
  if (reconciles !== undefined) expect(source?.reconciles).toBe(reconciles);
  if (suspend !== undefined) expect(source?.suspend).toBe(suspend);
});

test('every mark is told, those that reconcile first', () => {
  const object = {
    metadata: {
      labels: { 'addonmanager.kubernetes.io/mode': 'EnsureExists', 'helm.toolkit.fluxcd.io/name': 'web' },
      annotations: { 'meta.helm.sh/release-name': 'web' },
    },
  };
  expect(gitOpsSources(object).map(({ tool }) => tool)).toEqual(['flux-helm-release', 'addon-manager', 'helm']);
});

test('what has no metadata, or one of another type, has no source', () => {
  for (const object of [{}, { metadata: null }, { metadata: { labels: null, annotations: 'x' } }]) {
    expect(gitOpsSources(object)).toEqual([]);
  }
});
