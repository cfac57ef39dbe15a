import type { Severity } from '../policy/finding.ts';
import type { TemplateKind } from './pod-template-schema.ts';

/*
 * The ways to have a network tool run on a host, or to come by the right to. Sources: kubernetes.io/docs/concepts/security/
 * rbac-good-practices (privilege escalation risks), kubernetes.io/docs/reference/access-authn-authz/rbac (restrictions on
 * role creation and binding).
 */

/** Requests of which any will do. */
export interface Clause {
  readonly verbs: readonly string[];
  readonly group: string;
  /** With their subresource: `pods/exec`; `* /scale`, without the blank, is the scale of any kind in any group. */
  readonly resources: readonly string[];
  /** A request for a `cluster` resource has no namespace, so that no RoleBinding grants it. */
  readonly scope: 'namespace' | 'cluster';
  /** Names that matter, where a rule is for some names only. @default all */
  readonly names?: (name: string) => boolean;
}

/** What stands in the way of a path: which admission judges it. */
export type Barrier =
  /** The pod that comes of it is judged when it is created. */
  | 'pod-create'
  | 'pod-update'
  | 'ephemeral-containers'
  | 'exec'
  /** Nothing: no admission is asked, or none that looks at pods. */
  | 'none';

export const launchPathIds = [
  'L1',
  'L2',
  'L3',
  'L4',
  'L5',
  'L6',
  'L7',
  'L8',
  'L9',
  'L10',
  'L11',
  'L12',
  'L13',
  'L14',
  'L15',
  'L16',
  'L17',
  'L18',
  'L19',
  'L20',
  'L21',
  'L22',
  'L23',
] as const;

export type LaunchPathId = (typeof launchPathIds)[number];

export interface LaunchPath {
  readonly id: LaunchPathId;
  /** What its holder can do, after "may". */
  readonly title: string;
  readonly severity: Severity;
  readonly why: string;
  readonly barrier: Barrier;
  /** `guard`: only in the namespace that Seawall runs in. @default anywhere */
  readonly where?: 'guard';
  /** Every part is needed, and of a part any clause. */
  readonly parts: readonly (readonly Clause[])[];
}

const write = ['create', 'update', 'patch'];
const rbac = 'rbac.authorization.k8s.io';
const inNamespace = (verbs: readonly string[], group: string, ...resources: readonly string[]): Clause => ({
  verbs,
  group,
  resources,
  scope: 'namespace',
});
const inCluster = (verbs: readonly string[], group: string, ...resources: readonly string[]): Clause => ({
  verbs,
  group,
  resources,
  scope: 'cluster',
});

/** Seawall's own objects, by the names of its manifests. */
const isOurs = (name: string): boolean => name.startsWith('seawall');
/** The signers whose certificates the API server takes for a user's. Source: kubernetes.io, "Certificates and CSRs". */
const isClientSigner = (name: string): boolean =>
  ['kubernetes.io/kube-apiserver-client', 'kubernetes.io/kube-apiserver-client-kubelet', 'kubernetes.io/*'].includes(
    name,
  );

/** The launch paths over built-in kinds, and over the custom kinds that hold pod templates. */
export function launchPaths(templateKinds: readonly TemplateKind[]): readonly LaunchPath[] {
  return [
    ...fixedPaths.slice(0, 7),
    {
      id: 'L8',
      title: 'write a custom kind that holds a pod template',
      severity: 'high',
      why: 'the operator of the kind makes the pod; a right to pods is never needed',
      barrier: 'pod-create',
      parts: [
        templateKinds.map(({ group, resource, namespaced }) =>
          namespaced ? inNamespace(write, group, resource) : inCluster(write, group, resource),
        ),
      ],
    },
    ...fixedPaths.slice(7),
  ];
}

const fixedPaths: readonly LaunchPath[] = [
  {
    id: 'L1',
    title: 'create pods',
    severity: 'high',
    why: 'a pod with the host network or NET_RAW, directly',
    barrier: 'pod-create',
    parts: [[inNamespace(['create'], '', 'pods')]],
  },
  {
    id: 'L2',
    title: 'write a workload',
    severity: 'high',
    why: 'the controller makes the pod; a right to pods is never needed',
    barrier: 'pod-create',
    parts: [
      [
        inNamespace(write, 'apps', 'deployments', 'daemonsets', 'statefulsets', 'replicasets'),
        inNamespace(write, 'batch', 'jobs', 'cronjobs'),
        inNamespace(write, '', 'replicationcontrollers'),
      ],
    ],
  },
  {
    id: 'L3',
    title: 'change pods',
    severity: 'medium',
    why: 'the image of a pod can be changed: a tool goes into one that has host access; labels move a pod out of a policy',
    barrier: 'pod-update',
    parts: [[inNamespace(['update', 'patch'], '', 'pods')]],
  },
  {
    id: 'L4',
    title: 'add ephemeral containers',
    severity: 'high',
    why: 'kubectl debug: capabilities of its own, in the host namespaces of the pod',
    barrier: 'ephemeral-containers',
    parts: [[inNamespace(['update', 'patch'], '', 'pods/ephemeralcontainers')]],
  },
  {
    id: 'L5',
    title: 'exec into or attach to pods',
    severity: 'high',
    why: 'runs the tool inside a pod that has access; a websocket asks with get',
    barrier: 'exec',
    parts: [[inNamespace(['create', 'get'], '', 'pods/exec', 'pods/attach')]],
  },
  {
    id: 'L6',
    title: 'reach the kubelet',
    severity: 'critical',
    why: "the kubelet's own API runs commands in any pod of the node, past audit log and admission: Seawall cannot see it",
    barrier: 'none',
    parts: [[inCluster(['get', 'create'], '', 'nodes/proxy')]],
  },
  {
    id: 'L7',
    title: 'reach ports of pods through the API server',
    severity: 'medium',
    why: 'reaches a tool that already listens',
    barrier: 'none',
    parts: [[inNamespace(['create', 'get'], '', 'pods/proxy', 'services/proxy', 'pods/portforward')]],
  },
  {
    id: 'L9',
    title: 'scale workloads',
    severity: 'medium',
    why: 'wakes a template that was parked at zero replicas',
    barrier: 'pod-create',
    parts: [[inNamespace(['update', 'patch'], '*', '*/scale')]],
  },
  {
    id: 'L10',
    title: 'make tokens of ServiceAccounts',
    severity: 'high',
    why: 'acts as an account that holds any of these paths',
    barrier: 'none',
    parts: [[inNamespace(['create'], '', 'serviceaccounts/token')]],
  },
  {
    id: 'L11',
    title: 'read Secrets',
    severity: 'medium',
    why: 'old account tokens lie in Secrets; list and watch show their content too',
    barrier: 'none',
    parts: [[inNamespace(['get', 'list', 'watch'], '', 'secrets')]],
  },
  {
    id: 'L12',
    title: 'write Secrets',
    severity: 'medium',
    why: 'a Secret of type service-account-token is filled with a token of the account that it names',
    barrier: 'none',
    parts: [[inNamespace(write, '', 'secrets')]],
  },
  {
    id: 'L13',
    title: 'impersonate others',
    severity: 'high',
    why: 'speaks as whoever holds any of these paths; the built-in role edit holds this for ServiceAccounts',
    barrier: 'none',
    parts: [
      [
        inNamespace(['impersonate'], '', 'serviceaccounts'),
        inCluster(['impersonate'], '', 'users', 'groups'),
        inCluster(['impersonate'], 'authentication.k8s.io', 'uids'),
        inCluster(['impersonate'], 'authentication.k8s.io', 'userextras/*'),
        // Constrained impersonation, from Kubernetes 1.35; each needs an `impersonate-on:` right too, to any resource.
        // Source: kubernetes.io/docs/reference/access-authn-authz/user-impersonation.
        inNamespace(['impersonate:serviceaccount'], 'authentication.k8s.io', 'serviceaccounts'),
        inCluster(['impersonate:user-info'], 'authentication.k8s.io', 'users', 'groups', 'uids', 'userextras/*'),
        inCluster(['impersonate:arbitrary-node', 'impersonate:associated-node'], 'authentication.k8s.io', 'nodes'),
      ],
    ],
  },
  {
    id: 'L14',
    title: 'bind roles',
    severity: 'high',
    why: 'grants itself, or another account, what the API server lets it hand on',
    barrier: 'none',
    parts: [
      [
        inNamespace(['bind'], rbac, 'roles', 'clusterroles'),
        inNamespace(write, rbac, 'rolebindings'),
        inCluster(write, rbac, 'clusterrolebindings'),
      ],
    ],
  },
  {
    id: 'L15',
    title: 'change roles',
    severity: 'high',
    why: 'widens its own role; a label aggregate-to-… widens the roles of others',
    barrier: 'none',
    parts: [
      [
        inNamespace(['escalate', 'update', 'patch'], rbac, 'roles'),
        inCluster(['escalate', 'update', 'patch'], rbac, 'clusterroles'),
      ],
    ],
  },
  {
    id: 'L16',
    title: 'approve client certificates',
    severity: 'critical',
    why: 'a client certificate with any name',
    barrier: 'none',
    parts: [
      [inCluster(['create'], 'certificates.k8s.io', 'certificatesigningrequests')],
      [inCluster(['update', 'patch'], 'certificates.k8s.io', 'certificatesigningrequests/approval')],
      [{ ...inCluster(['approve'], 'certificates.k8s.io', 'signers'), names: isClientSigner }],
    ],
  },
  {
    id: 'L17',
    title: 'change admission',
    severity: 'critical',
    why: 'switches the guard off, or injects containers into the pods of others',
    barrier: 'none',
    parts: [
      [
        inCluster(
          ['create', 'update', 'patch', 'delete', 'deletecollection'],
          'admissionregistration.k8s.io',
          'validatingwebhookconfigurations',
          'mutatingwebhookconfigurations',
          'validatingadmissionpolicies',
          'validatingadmissionpolicybindings',
          'mutatingadmissionpolicies',
          'mutatingadmissionpolicybindings',
        ),
      ],
    ],
  },
  {
    id: 'L18',
    title: 'label namespaces',
    severity: 'medium',
    why: 'Pod Security and the selectors of webhooks go by the labels of the namespace',
    barrier: 'none',
    // A request for a namespace is one in that namespace. Source: k8s.io/apiserver pkg/endpoints/request/requestinfo.go.
    parts: [[inNamespace(['update', 'patch'], '', 'namespaces')]],
  },
  {
    id: 'L19',
    title: 'touch Seawall itself',
    severity: 'high',
    why: 'its policy, keys and Deployment are the guard',
    barrier: 'none',
    where: 'guard',
    parts: [
      [
        {
          ...inNamespace([...write, 'delete', 'deletecollection'], '', 'configmaps', 'secrets', 'services', 'pods'),
          names: isOurs,
        },
        {
          ...inNamespace([...write, 'delete', 'deletecollection'], 'apps', 'deployments', 'deployments/scale'),
          names: isOurs,
        },
        { ...inNamespace(['create'], '', 'pods/eviction'), names: isOurs },
      ],
    ],
  },
  {
    id: 'L20',
    title: 'steer pods to nodes',
    severity: 'medium',
    why: 'chooses the node that a pod lands on, past the scheduler and its taints',
    barrier: 'none',
    parts: [[inCluster(write, '', 'nodes', 'nodes/status'), inNamespace(['create'], '', 'pods/binding', 'bindings')]],
  },
  {
    id: 'L21',
    title: 'create PersistentVolumes',
    severity: 'medium',
    why: 'a volume of type hostPath comes in by the back door',
    barrier: 'none',
    parts: [[inCluster(['create'], '', 'persistentvolumes')]],
  },
  {
    id: 'L22',
    title: "redirect Seawall's Service",
    severity: 'high',
    why: 'the API server asks whoever the endpoints name',
    barrier: 'none',
    where: 'guard',
    parts: [
      [
        { ...inNamespace(['update', 'patch'], '', 'endpoints'), names: isOurs },
        { ...inNamespace(['update', 'patch'], 'discovery.k8s.io', 'endpointslices'), names: isOurs },
        { ...inNamespace(['update', 'patch'], 'coordination.k8s.io', 'leases'), names: isOurs },
      ],
    ],
  },
  {
    id: 'L23',
    title: 'do everything',
    severity: 'critical',
    why: 'every verb on every resource: cluster-admin and the group system:masters, which is past RBAC altogether',
    barrier: 'none',
    parts: [[{ ...inNamespace(['*'], '*', '*'), names: () => false }]],
  },
];

/** What no rule of RBAC shows. */
export const nodeLimit =
  'L24: whoever has a node (root, or its credentials) runs static pods and reaches every pod on it; this is no matter of RBAC';
