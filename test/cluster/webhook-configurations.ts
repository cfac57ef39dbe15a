/*
 * The three webhook configurations of a cluster that Seawall guards.
 * Source: k8s.io/api/admissionregistration/v1.
 */

/** Where the API server finds the webhook. */
export interface WebhookAddress {
  /** Without a path. @example 'https://127.0.0.1:8443' */
  readonly url: string;
  /** PEM of the authority that signed its certificate. */
  readonly ca: string;
  /** The namespace that Seawall runs in; it must be able to start there when nothing answers. @default 'seawall' */
  readonly namespace?: string;
}

/** Names of the webhooks: kubectl prints them before a refusal, and the audit log before each annotation. */
export const webhookNames = {
  pods: 'pods.seawall.dev',
  workloads: 'workloads.seawall.dev',
  repair: 'repair.seawall.dev',
} as const;

/** What makes processes: pods, the containers that join them, and the commands that run in them. */
const podRules = [
  rule([''], ['pods'], ['CREATE', 'UPDATE']),
  rule([''], ['pods/ephemeralcontainers'], ['UPDATE']),
  rule([''], ['pods/exec', 'pods/attach'], ['CONNECT']),
];

/** The kinds with pod templates that Kubernetes has, and those of src/policy/workload-kinds.ts. */
const workloads: readonly (readonly [group: string, resources: readonly string[]])[] = [
  ['', ['podtemplates', 'replicationcontrollers']],
  ['apps', ['deployments', 'replicasets', 'statefulsets', 'daemonsets']],
  ['batch', ['jobs', 'cronjobs']],
  ['apps.openshift.io', ['deploymentconfigs']],
  ['argoproj.io', ['rollouts', 'workflows', 'workflowtemplates', 'clusterworkflowtemplates', 'cronworkflows']],
  [
    'apps.kruise.io',
    [
      'clonesets',
      'statefulsets',
      'daemonsets',
      'broadcastjobs',
      'advancedcronjobs',
      'uniteddeployments',
      'sidecarsets',
    ],
  ],
  ['serving.knative.dev', ['services', 'configurations', 'revisions']],
  ['jobset.x-k8s.io', ['jobsets']],
  ['leaderworkerset.x-k8s.io', ['leaderworkersets']],
  ['kubeflow.org', ['pytorchjobs', 'tfjobs', 'mpijobs', 'xgboostjobs', 'mxjobs', 'paddlejobs', 'jaxjobs']],
  ['trainer.kubeflow.org', ['trainjobs', 'trainingruntimes', 'clustertrainingruntimes']],
  ['ray.io', ['rayclusters', 'rayjobs', 'rayservices']],
  ['tekton.dev', ['tasks', 'clustertasks', 'taskruns', 'pipelines', 'pipelineruns']],
  ['batch.volcano.sh', ['jobs']],
  ['flow.volcano.sh', ['jobtemplates']],
  ['sparkoperator.k8s.io', ['sparkapplications', 'scheduledsparkapplications']],
];

const workloadRules = workloads.map(([group, resources]) => rule([group], resources, ['CREATE', 'UPDATE']));

/** A repair is possible only where the API server lets a container be changed: when it comes. */
const repairRules = [rule([''], ['pods'], ['CREATE']), rule([''], ['pods/ephemeralcontainers'], ['UPDATE'])];

/**
 * The failing-closed configuration for pods, the advisory one for workloads, and the mutating one, whose result the
 * first one judges.
 */
export function webhookConfigurations(address: WebhookAddress): readonly object[] {
  const { namespace = 'seawall' } = address;
  const shared = (path: string) => ({
    clientConfig: { url: `${address.url}${path}`, caBundle: Buffer.from(address.ca).toString('base64') },
    admissionReviewVersions: ['v1'],
    // A dry run is answered and not recorded.
    sideEffects: 'None',
    matchPolicy: 'Equivalent',
    timeoutSeconds: 5,
    namespaceSelector: {
      // The API server sets this label itself: nobody else can put a namespace out of sight.
      matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [namespace] }],
    },
  });
  return [
    configuration('ValidatingWebhookConfiguration', 'seawall-pods', {
      name: webhookNames.pods,
      ...shared('/validate'),
      rules: podRules,
      failurePolicy: 'Fail',
    }),
    configuration('ValidatingWebhookConfiguration', 'seawall-workloads', {
      name: webhookNames.workloads,
      ...shared('/validate'),
      rules: workloadRules,
      failurePolicy: 'Ignore',
    }),
    configuration('MutatingWebhookConfiguration', 'seawall-repair', {
      name: webhookNames.repair,
      ...shared('/mutate'),
      rules: repairRules,
      failurePolicy: 'Ignore',
      reinvocationPolicy: 'IfNeeded',
    }),
  ];
}

function rule(apiGroups: readonly string[], resources: readonly string[], operations: readonly string[]): object {
  return { apiGroups, apiVersions: ['*'], resources, operations };
}

function configuration(kind: string, name: string, webhook: object): object {
  return { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name }, webhooks: [webhook] };
}
