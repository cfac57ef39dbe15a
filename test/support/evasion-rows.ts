/*
 * Ways round the policy that are found, and honest objects that are left alone, one a line. Command lines have a table
 * of their own in command-line.test.ts, image names in image-patterns.test.ts.
 */
import type { Fields } from './pods.ts';
import { capable, container, deployment, holding, list, pod, podSpec, running } from './pods.ts';

const hostNetwork = { hostNetwork: true };
const hostSpec = podSpec(hostNetwork);
const tool = container({ command: ['nmap', '-sS', '10.0.0.0/8'] });
const withVolume = (path: string): Fields => pod({ volumes: [{ name: 'host', hostPath: { path } }] });
const withPort = (port: Fields, spec: Fields = {}): Fields =>
  pod({ ...spec, containers: [container({ ports: [port] })] });
const adding = (...add: readonly unknown[]): Fields => pod({ containers: [capable({ add, drop: ['ALL'] })] });
const dropping = (...drop: readonly unknown[]): Fields => pod({ containers: [capable({ drop })] });
const securing = (securityContext: Fields): Fields => pod({ containers: [container({ securityContext })] });
const annotated = (annotations: unknown): Fields => pod({}, { annotations });
const withEnv = (env: readonly Fields[], ...command: readonly string[]): Fields =>
  pod({ containers: [container({ env, command })] });

/** One way: what it is, the rule, and whether the rule finds it. */
export type EvasionRow = readonly [what: string, rule: string, expected: 'found' | 'silent', object: unknown];

const kinds: readonly EvasionRow[] = (
  [
    ['v1', 'PodTemplate', 'template.spec'],
    ['v1', 'ReplicationController', 'spec.template.spec'],
    ['apps/v1', 'Deployment', 'spec.template.spec'],
    ['apps/v1beta1', 'Deployment', 'spec.template.spec'],
    ['extensions/v1beta1', 'Deployment', 'spec.template.spec'],
    ['extensions/v1beta1', 'DaemonSet', 'spec.template.spec'],
    ['extensions/v1beta1', 'ReplicaSet', 'spec.template.spec'],
    ['apps/v99', 'StatefulSet', 'spec.template.spec'],
    ['apps/v1', 'ReplicaSet', 'spec.template.spec'],
    ['batch/v1', 'Job', 'spec.template.spec'],
    ['batch/v1beta1', 'CronJob', 'spec.jobTemplate.spec.template.spec'],
    ['batch/v2alpha1', 'CronJob', 'spec.jobTemplate.spec.template.spec'],
    ['argoproj.io/v1alpha1', 'Rollout', 'spec.template.spec'],
    ['apps.kruise.io/v1alpha1', 'CloneSet', 'spec.template.spec'],
    ['apps.kruise.io/v1beta1', 'StatefulSet', 'spec.template.spec'],
    ['apps.kruise.io/v1alpha1', 'DaemonSet', 'spec.template.spec'],
    ['apps.kruise.io/v1alpha1', 'BroadcastJob', 'spec.template.spec'],
    ['apps.kruise.io/v1alpha1', 'AdvancedCronJob', 'spec.template.jobTemplate.spec.template.spec'],
    ['apps.kruise.io/v1alpha1', 'AdvancedCronJob', 'spec.template.broadcastJobTemplate.spec.template.spec'],
    ['serving.knative.dev/v1', 'Service', 'spec.template.spec'],
    ['serving.knative.dev/v1', 'Configuration', 'spec.template.spec'],
    ['serving.knative.dev/v1', 'Revision', 'spec'],
    ['jobset.x-k8s.io/v1alpha2', 'JobSet', 'spec.replicatedJobs.0.template.spec.template.spec'],
    ['leaderworkerset.x-k8s.io/v1', 'LeaderWorkerSet', 'spec.leaderWorkerTemplate.leaderTemplate.spec'],
    ['leaderworkerset.x-k8s.io/v1', 'LeaderWorkerSet', 'spec.leaderWorkerTemplate.workerTemplate.spec'],
    ['kubeflow.org/v1', 'PyTorchJob', 'spec.pytorchReplicaSpecs.Worker.template.spec'],
    ['kubeflow.org/v1', 'TFJob', 'spec.tfReplicaSpecs.PS.template.spec'],
    ['kubeflow.org/v2beta1', 'MPIJob', 'spec.mpiReplicaSpecs.Launcher.template.spec'],
    ['ray.io/v1', 'RayCluster', 'spec.headGroupSpec.template.spec'],
    ['ray.io/v1', 'RayCluster', 'spec.workerGroupSpecs.0.template.spec'],
    ['ray.io/v1', 'RayJob', 'spec.rayClusterSpec.workerGroupSpecs.0.template.spec'],
    ['ray.io/v1', 'RayJob', 'spec.submitterPodTemplate.spec'],
    ['ray.io/v1', 'RayService', 'spec.rayClusterConfig.headGroupSpec.template.spec'],
    ['batch.volcano.sh/v1alpha1', 'Job', 'spec.tasks.0.template.spec'],
    ['sparkoperator.k8s.io/v1beta2', 'SparkApplication', 'spec.driver.template.spec'],
    ['apps.openshift.io/v1', 'DeploymentConfig', 'spec.template.spec'],
    ['v1', 'DeploymentConfig', 'spec.template.spec'],
    ['argoproj.io/v1alpha1', 'Experiment', 'spec.templates.0.template.spec'],
    ['argoproj.io/v1alpha1', 'AnalysisTemplate', 'spec.metrics.0.provider.job.spec.template.spec'],
    ['argoproj.io/v1alpha1', 'ClusterAnalysisTemplate', 'spec.metrics.0.provider.job.spec.template.spec'],
    ['argoproj.io/v1alpha1', 'AnalysisRun', 'spec.metrics.0.provider.job.spec.template.spec'],
    ['keda.sh/v1alpha1', 'ScaledJob', 'spec.jobTargetRef.template.spec'],
    ['example.org/v1', 'AllowList', 'spec.template.spec'],
    ['example.org/v1', 'NobodyKnowsIt', 'spec.template.spec'],
    ['example.org/v1', 'NobodyKnowsIt', 'spec.jobTemplate.spec.template.spec'],
    ['tekton.dev/v1', 'TaskRun', 'spec.podTemplate'],
    ['tekton.dev/v1', 'PipelineRun', 'spec.taskRunTemplate.podTemplate'],
    ['argoproj.io/v1alpha1', 'Workflow', 'spec'],
    ['argoproj.io/v1alpha1', 'CronWorkflow', 'spec.workflowSpec'],
    ['sparkoperator.k8s.io/v1beta2', 'SparkApplication', 'spec.driver'],
    ['sparkoperator.k8s.io/v1beta2', 'SparkApplication', 'spec.executor'],
  ] as const
).map(([version, kind, path]) => [
  `${kind} ${version} at ${path}`,
  'host-network',
  'found',
  holding(version, kind, path, hostSpec),
]);

const stepKinds: readonly EvasionRow[] = (
  [
    ['argoproj.io/v1alpha1', 'Workflow', 'spec.templates.0.container'],
    ['argoproj.io/v1alpha1', 'Workflow', 'spec.templates.0.initContainers.0'],
    ['argoproj.io/v1alpha1', 'Workflow', 'spec.templates.0.sidecars.0'],
    ['argoproj.io/v1alpha1', 'Workflow', 'spec.templates.0.containerSet.containers.0'],
    ['argoproj.io/v1alpha1', 'Workflow', 'spec.templateDefaults.container'],
    ['argoproj.io/v1alpha1', 'Workflow', 'spec.templates.0.dag.tasks.0.inline.container'],
    ['argoproj.io/v1alpha1', 'Workflow', 'spec.templates.0.steps.0.0.inline.container'],
    ['argoproj.io/v1alpha1', 'WorkflowTemplate', 'spec.templates.0.container'],
    ['argoproj.io/v1alpha1', 'ClusterWorkflowTemplate', 'spec.templates.0.container'],
    ['argoproj.io/v1alpha1', 'CronWorkflow', 'spec.workflowSpec.templates.0.container'],
    ['tekton.dev/v1', 'Task', 'spec.steps.0'],
    ['tekton.dev/v1', 'Task', 'spec.sidecars.0'],
    ['tekton.dev/v1', 'TaskRun', 'spec.taskSpec.steps.0'],
    ['tekton.dev/v1', 'Pipeline', 'spec.tasks.0.taskSpec.steps.0'],
    ['tekton.dev/v1', 'Pipeline', 'spec.finally.0.taskSpec.steps.0'],
    ['tekton.dev/v1', 'PipelineRun', 'spec.pipelineSpec.tasks.0.taskSpec.steps.0'],
    ['apps.kruise.io/v1alpha1', 'SidecarSet', 'spec.containers.0'],
    ['apps.kruise.io/v1alpha1', 'SidecarSet', 'spec.initContainers.0'],
    ['sparkoperator.k8s.io/v1beta2', 'SparkApplication', 'spec.driver.sidecars.0'],
    ['sparkoperator.k8s.io/v1beta2', 'SparkApplication', 'spec.executor.initContainers.0'],
    ['tekton.dev/v1', 'Task', 'spec.stepTemplate'],
    ['tekton.dev/v1beta1', 'StepAction', 'spec'],
    ['apps.kruise.io/v1alpha1', 'EphemeralJob', 'spec.template.ephemeralContainers.0'],
    ['trainer.kubeflow.org/v1alpha1', 'TrainJob', 'spec.trainer'],
    ['apps.openshift.io/v1', 'DeploymentConfig', 'spec.strategy.customParams'],
    ['apps.openshift.io/v1', 'DeploymentConfig', 'spec.strategy.recreateParams.pre.execNewPod'],
  ] as const
).map(([version, kind, path]) => [
  `${kind} at ${path}`,
  'network-tool-command',
  'found',
  holding(version, kind, path, tool),
]);

const volumeKinds: readonly EvasionRow[] = (
  [
    ['sparkoperator.k8s.io/v1beta2', 'SparkApplication', 'spec'],
    ['sparkoperator.k8s.io/v1beta2', 'ScheduledSparkApplication', 'spec.template'],
    ['argoproj.io/v1alpha1', 'Workflow', 'spec.templates.0'],
    ['tekton.dev/v1', 'Task', 'spec'],
    ['apps.kruise.io/v1alpha1', 'SidecarSet', 'spec'],
    ['trainer.kubeflow.org/v1alpha1', 'TrainJob', 'spec.podSpecOverrides.0'],
    ['trainer.kubeflow.org/v1alpha1', 'TrainJob', 'spec.podTemplateOverrides.0.spec'],
    [
      'trainer.kubeflow.org/v2alpha1',
      'TrainJob',
      'spec.runtimePatches.0.trainingRuntimeSpec.template.spec.replicatedJobs.0.template.spec.template.spec',
    ],
  ] as const
).map(([version, kind, path]) => [
  `${kind} with a volume at ${path}`,
  'host-path',
  'found',
  holding(version, kind, path, { volumes: [{ name: 'host', hostPath: { path: '/proc' } }] }),
]);

const bare = { name: 'step', image: 'alpine' };
const droppingAll = { securityContext: { capabilities: { drop: ['ALL'] } } };
const operatorKinds: readonly EvasionRow[] = [
  [
    'image of all roles of a SparkApplication',
    'network-tool-image',
    'found',
    holding('sparkoperator.k8s.io/v1beta2', 'SparkApplication', 'spec.image', 'nicolaka/netshoot'),
  ],
  [
    "image of a RayCluster's autoscaler",
    'network-tool-image',
    'found',
    holding('ray.io/v1', 'RayCluster', 'spec.autoscalerOptions.image', 'nicolaka/netshoot'),
  ],
  [
    'Tekton step that keeps NET_RAW',
    'net-raw-default',
    'found',
    holding('tekton.dev/v1', 'Task', 'spec', { steps: [bare] }),
  ],
  [
    'Tekton step laid over a template that drops it',
    'net-raw-default',
    'silent',
    holding('tekton.dev/v1', 'Task', 'spec', { steps: [bare], stepTemplate: droppingAll }),
  ],
  [
    'Argo container laid over a default that drops NET_RAW',
    'net-raw-default',
    'silent',
    holding('argoproj.io/v1alpha1', 'Workflow', 'spec', {
      templates: [{ container: bare }],
      templateDefaults: { container: droppingAll },
    }),
  ],
  [
    'trainer of a TrainJob, which has no security context',
    'net-raw-default',
    'silent',
    holding('trainer.kubeflow.org/v1alpha1', 'TrainJob', 'spec.trainer', bare),
  ],
  [
    'deployment hook of OpenShift, which has none',
    'net-raw-default',
    'silent',
    holding('apps.openshift.io/v1', 'DeploymentConfig', 'spec.strategy.customParams', bare),
  ],
  [
    'Multus in an Argo template',
    'host-interface',
    'found',
    holding('argoproj.io/v1alpha1', 'Workflow', 'spec.templates.0', {
      metadata: { annotations: { 'k8s.v1.cni.cncf.io/networks': 'x' } },
      container: bare,
    }),
  ],
  [
    'Multus for all pods of a Workflow',
    'host-interface',
    'found',
    holding('argoproj.io/v1alpha1', 'Workflow', 'spec.podMetadata', {
      annotations: { 'k8s.v1.cni.cncf.io/networks': 'x' },
    }),
  ],
  [
    'Multus on the Workflow itself, whose pods do not get it',
    'host-interface',
    'silent',
    {
      ...holding('argoproj.io/v1alpha1', 'Workflow', 'spec.templates.0.container', bare),
      metadata: { annotations: { 'k8s.v1.cni.cncf.io/networks': 'x' } },
    },
  ],
  [
    'image that Tekton fills in',
    'opaque-image',
    'silent',
    holding('tekton.dev/v1', 'Task', 'spec.steps.0', container({ image: '$(params.image)' })),
  ],
  [
    'image that Argo fills in',
    'opaque-image',
    'silent',
    holding(
      'argoproj.io/v1alpha1',
      'Workflow',
      'spec.templates.0.container',
      container({ image: '{{inputs.parameters.image}}' }),
    ),
  ],
  [
    'the same in a pod, where nobody fills it in',
    'opaque-image',
    'found',
    pod({ containers: [container({ image: '$(params.image)' })] }),
  ],
];

const shapes: readonly EvasionRow[] = [
  [
    'items under a kind that is no List',
    'host-network',
    'found',
    { apiVersion: 'v1', kind: 'ConfigMap', items: [pod(hostNetwork)] },
  ],
  [
    'kind of its own that ends in List and has items',
    'host-network',
    'found',
    { ...holding('example.org/v1', 'AllowList', 'spec.template.spec', hostSpec), items: [] },
  ],
  ['List', 'host-network', 'found', list(pod(hostNetwork))],
  ['List in a List', 'host-network', 'found', list(list(list(pod(hostNetwork))))],
  ['second item', 'host-network', 'found', list(pod(), pod(hostNetwork))],
  [
    'PodList whose items name no kind',
    'host-network',
    'found',
    { apiVersion: 'v1', kind: 'PodList', items: [{ spec: hostSpec }] },
  ],
  [
    'DeploymentList whose items name no kind',
    'host-network',
    'found',
    { apiVersion: 'apps/v1', kind: 'DeploymentList', items: [{ spec: { template: { spec: hostSpec } } }] },
  ],
  ['List with null items', 'host-network', 'silent', { apiVersion: 'v1', kind: 'List', items: null }],
  [
    'Rollout that refers to a Deployment',
    'host-network',
    'silent',
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', spec: { workloadRef: { kind: 'Deployment', name: 'app' } } },
  ],
  [
    'ConfigMap with a pod in its text',
    'host-network',
    'silent',
    { apiVersion: 'v1', kind: 'ConfigMap', data: { pod: JSON.stringify(pod(hostNetwork)) } },
  ],
  [
    'unknown kind without containers',
    'host-network',
    'silent',
    holding('example.org/v1', 'Thing', 'spec.template.spec', hostNetwork),
  ],
  ['a Pod of another group', 'host-network', 'silent', { ...pod(hostNetwork), apiVersion: 'example.org/v1' }],
  ['spec.os windows', 'host-network', 'found', pod({ ...hostNetwork, os: { name: 'windows' } })],
  [
    'label that asks to be left alone',
    'host-network',
    'found',
    { ...pod(hostNetwork, { labels: { 'seawall.dev/skip': 'true' } }) },
  ],
  [
    'owner reference of a controller',
    'host-network',
    'found',
    pod(hostNetwork, { ownerReferences: [{ kind: 'DaemonSet', controller: true }] }),
  ],
  ['runtime class', 'host-network', 'found', pod({ ...hostNetwork, runtimeClassName: 'gvisor' })],
  [
    'mirror annotation',
    'host-network',
    'found',
    pod(hostNetwork, { annotations: { 'kubernetes.io/config.mirror': 'x' } }),
  ],
  ['deletionTimestamp', 'host-network', 'found', pod(hostNetwork, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
  ['field in another case', 'host-network', 'silent', pod({ hostnetwork: true })],
  ['text instead of a boolean', 'host-network', 'silent', pod({ hostNetwork: 'true' })],
  ['null', 'host-network', 'silent', pod({ hostNetwork: null })],
  ['no containers at all', 'host-network', 'found', { apiVersion: 'v1', kind: 'Pod', spec: hostNetwork }],
  [
    '__proto__ that carries the field',
    'host-network',
    'silent',
    JSON.parse('{"apiVersion":"v1","kind":"Pod","spec":{"__proto__":{"hostNetwork":true}}}'),
  ],
  [
    'kind named after a prototype key',
    'host-network',
    'silent',
    { apiVersion: 'v1', kind: 'constructor', spec: hostNetwork },
  ],
];

const capabilities: readonly EvasionRow[] = [
  ['NET_RAW', 'net-raw', 'found', adding('NET_RAW')],
  ['net_raw', 'net-raw', 'found', adding('net_raw')],
  ['Net_Raw', 'net-raw', 'found', adding('Net_Raw')],
  ['CAP_NET_RAW', 'net-raw', 'found', adding('CAP_NET_RAW')],
  ['cap_net_raw', 'net-raw', 'found', adding('cap_net_raw')],
  ['with blanks', 'net-raw', 'found', adding(' NET_RAW\t')],
  ['CAP_ twice', 'net-raw', 'silent', adding('CAP_CAP_NET_RAW')],
  ['ALL', 'net-raw', 'found', adding('ALL')],
  ['all', 'net-raw', 'found', adding('all')],
  ['CAP_ALL', 'net-raw', 'found', adding('CAP_ALL')],
  ['ALL is host-capability too', 'host-capability', 'found', adding('ALL')],
  ['full-width letters', 'net-raw', 'found', adding('\uff2e\uff25\uff34_\uff32\uff21\uff37')],
  ['full-width ALL', 'net-raw', 'found', adding('\uff21\uff2c\uff2c')],
  ['full-width NET_RAW is net-raw only', 'host-capability', 'silent', adding('\uff2e\uff25\uff34_\uff32\uff21\uff37')],
  ['long s in SYS_ADMIN', 'host-capability', 'found', adding('\u017fYS_ADMIN')],
  ['long s in a harmless name', 'host-capability', 'found', adding('\u017fETUID')],
  ['Cyrillic letters', 'host-capability', 'found', adding('NET_R\u0410W')],
  ['accents', 'net-raw', 'found', adding('NE\u0301T_RAW')],
  ['half a million accents, told at once', 'host-capability', 'found', adding(`a${'\u0301\u0316'.repeat(250_000)}`)],
  ['second entry', 'net-raw', 'found', adding('CHOWN', 'NET_RAW')],
  ['not a string', 'net-raw', 'silent', adding(13)],
  ['NET_BIND_SERVICE', 'net-raw', 'silent', adding('NET_BIND_SERVICE')],
  ['SYS_ADMIN', 'host-capability', 'found', adding('SYS_ADMIN')],
  ['CAP_SYS_PTRACE', 'host-capability', 'found', adding('CAP_SYS_PTRACE')],
  ['NET_ADMIN', 'host-capability', 'found', adding('NET_ADMIN')],
  ['SYS_TIME', 'host-capability', 'silent', adding('SYS_TIME')],
  ['nothing dropped', 'net-raw-default', 'found', dropping()],
  ['drop NET_RAW', 'net-raw-default', 'silent', dropping('NET_RAW')],
  ['drop net_raw', 'net-raw-default', 'silent', dropping('net_raw')],
  ['drop ALL', 'net-raw-default', 'silent', dropping('ALL')],
  ['drop all', 'net-raw-default', 'silent', dropping('all')],
  ['drop CAP_NET_RAW, a no-op on containerd', 'net-raw-default', 'found', dropping('CAP_NET_RAW')],
  ['drop CAP_ALL', 'net-raw-default', 'found', dropping('CAP_ALL')],
  ['drop with a blank', 'net-raw-default', 'found', dropping('NET_RAW ')],
  ['drop with a line end', 'net-raw-default', 'found', dropping('NET_RAW\n')],
  ['drop in full-width letters', 'net-raw-default', 'found', dropping('\uff21\uff2c\uff2c')],
  ['drop CAP_NET_RAW and NET_RAW', 'net-raw-default', 'silent', dropping('CAP_NET_RAW', 'NET_RAW')],
  [
    'drop ALL, add NET_RAW: a grant',
    'net-raw',
    'found',
    pod({ containers: [capable({ drop: ['ALL'], add: ['NET_RAW'] })] }),
  ],
  [
    'drop NET_RAW, add NET_RAW: a grant',
    'net-raw',
    'found',
    pod({ containers: [capable({ drop: ['NET_RAW'], add: ['NET_RAW'] })] }),
  ],
  ['a grant is not told twice', 'net-raw-default', 'silent', pod({ containers: [capable({ add: ['NET_RAW'] })] })],
  ['null security context', 'net-raw-default', 'found', pod({ containers: [container({ securityContext: null })] })],
  ['null capabilities', 'net-raw-default', 'found', securing({ capabilities: null })],
  ['null drop', 'net-raw-default', 'found', securing({ capabilities: { drop: null } })],
  ['init container', 'net-raw', 'found', pod({ initContainers: [capable({ add: ['NET_RAW'] })] })],
  [
    'side-car',
    'net-raw',
    'found',
    pod({ initContainers: [{ ...capable({ add: ['NET_RAW'] }), restartPolicy: 'Always' }] }),
  ],
  ['ephemeral container', 'net-raw', 'found', pod({ ephemeralContainers: [capable({ add: ['NET_RAW'] })] })],
  ['second container', 'net-raw', 'found', pod({ containers: [container(), capable({ add: ['NET_RAW'] })] })],
  [
    'pod-level capabilities are no such field',
    'net-raw',
    'silent',
    pod({ securityContext: { capabilities: { add: ['NET_RAW'] } } }),
  ],
  [
    'privileged with everything dropped',
    'privileged',
    'found',
    securing({ privileged: true, capabilities: { drop: ['ALL'] } }),
  ],
  ['privileged is not a default', 'net-raw-default', 'silent', securing({ privileged: true })],
  ['privileged false', 'privileged', 'silent', securing({ privileged: false })],
  [
    'privileged init container',
    'privileged',
    'found',
    pod({ initContainers: [container({ securityContext: { privileged: true } })] }),
  ],
  ['allowPrivilegeEscalation alone', 'privileged', 'silent', securing({ allowPrivilegeEscalation: true })],
  [
    'pod-level host process',
    'host-process',
    'found',
    pod({ securityContext: { windowsOptions: { hostProcess: true } } }),
  ],
  [
    'container undoes it, and counts',
    'host-process',
    'found',
    pod({
      securityContext: { windowsOptions: { hostProcess: true } },
      containers: [container({ securityContext: { windowsOptions: { hostProcess: false } } })],
    }),
  ],
  ['host process without hostNetwork', 'host-process', 'found', securing({ windowsOptions: { hostProcess: true } })],
  ['hostProcess false', 'host-process', 'silent', securing({ windowsOptions: { hostProcess: false } })],
  ['a Windows user', 'host-process', 'silent', securing({ windowsOptions: { runAsUserName: 'ContainerUser' } })],
];

const paths: readonly EvasionRow[] = (
  [
    ['/', 'found'],
    ['//', 'found'],
    ['/.', 'found'],
    ['/..', 'found'],
    ['/proc', 'found'],
    ['/proc/', 'found'],
    ['/proc/1/ns/net', 'found'],
    ['/./proc', 'found'],
    ['/tmp/../proc', 'found'],
    ['/sys/fs/cgroup', 'found'],
    ['/dev', 'found'],
    ['/dev/net/tun', 'found'],
    ['/etc/kubernetes', 'found'],
    ['/root/.ssh', 'found'],
    ['/home', 'found'],
    ['/boot', 'found'],
    ['/run', 'found'],
    ['/run/netns', 'found'],
    ['/var/run', 'found'],
    ['/var', 'found'],
    ['/var/lib', 'found'],
    ['/var/lib/kubelet/pods', 'found'],
    ['/var/lib/docker', 'found'],
    ['/var/lib/containerd/x', 'found'],
    ['/var/lib/rancher/k3s', 'found'],
    ['/opt', 'found'],
    ['/opt/cni/bin', 'found'],
    ['/usr/local', 'found'],
    ['/lib/modules', 'found'],
    ['/lib64', 'found'],
    ['/run/containerd/containerd.sock', 'found'],
    ['/mnt/moved/crio.sock', 'found'],
    ['C:\\', 'found'],
    ['\\\\.\\pipe\\containerd-containerd', 'found'],
    ['\\\\.\\PIPE\\Docker_Engine', 'found'],
    ['//./pipe/DOCKER_ENGINE', 'found'],
    ['\\\\?\\C:\\', 'found'],
    ['c:\\VAR\\Lib\\Kubelet', 'found'],
    ['D:/data', 'silent'],
    ['/PROC', 'silent'],
    ['/%70roc', 'silent'],
    ['/ｐroc', 'silent'],
    ['/var/log', 'silent'],
    ['/var/lib/app', 'silent'],
    ['/etcd', 'silent'],
    ['/processes', 'silent'],
    ['/data', 'silent'],
    ['/srv/home', 'silent'],
    ['/opt/app', 'silent'],
    ['/mnt/app.sock', 'silent'],
    ['/rooted', 'silent'],
    ['/tmp', 'silent'],
    ['/var/libx', 'silent'],
  ] as const
).map(([path, expected]) => [`hostPath ${path}`, 'host-path', expected, withVolume(path)]);

const ports: readonly EvasionRow[] = [
  ['hostPort', 'host-port', 'found', withPort({ containerPort: 80, hostPort: 8080 })],
  [
    'hostPort equal to containerPort without hostNetwork',
    'host-port',
    'found',
    withPort({ containerPort: 80, hostPort: 80 }),
  ],
  [
    'hostPort filled in by the API server',
    'host-port',
    'silent',
    withPort({ containerPort: 80, hostPort: 80 }, hostNetwork),
  ],
  [
    'another hostPort on the host network',
    'host-port',
    'found',
    withPort({ containerPort: 80, hostPort: 81 }, hostNetwork),
  ],
  ['hostPort 0', 'host-port', 'silent', withPort({ containerPort: 80, hostPort: 0 })],
  ['no hostPort', 'host-port', 'silent', withPort({ containerPort: 80 })],
  ['UDP hostPort', 'host-port', 'found', withPort({ containerPort: 53, hostPort: 53, protocol: 'UDP' })],
  ['Multus networks', 'host-interface', 'found', annotated({ 'k8s.v1.cni.cncf.io/networks': 'host-bridge' })],
  [
    'Multus networks as JSON',
    'host-interface',
    'found',
    annotated({ 'k8s.v1.cni.cncf.io/networks': '[{"name":"x"}]' }),
  ],
  ['Multus default network', 'host-interface', 'found', annotated({ 'v1.multus-cni.io/default-network': 'x' })],
  ['blank annotation', 'host-interface', 'silent', annotated({ 'k8s.v1.cni.cncf.io/networks': '  ' })],
  ['status annotation', 'host-interface', 'silent', annotated({ 'k8s.v1.cni.cncf.io/network-status': '[]' })],
  [
    'Multus in a template',
    'host-interface',
    'found',
    holding('apps/v1', 'Deployment', 'spec.template', {
      metadata: { annotations: { 'k8s.v1.cni.cncf.io/networks': 'x' } },
      spec: podSpec(),
    }),
  ],
  [
    'Multus on the Deployment itself',
    'host-interface',
    'silent',
    { ...deployment(), metadata: { annotations: { 'k8s.v1.cni.cncf.io/networks': 'x' } } },
  ],
];

const images: readonly EvasionRow[] = [
  [
    'image volume',
    'network-tool-image',
    'found',
    pod({ volumes: [{ name: 't', image: { reference: 'nicolaka/netshoot' } }] }),
  ],
  [
    'image volume by id',
    'opaque-image',
    'found',
    pod({ volumes: [{ name: 't', image: { reference: `sha256:${'a'.repeat(64)}` } }] }),
  ],
  [
    'init container image',
    'network-tool-image',
    'found',
    pod({ initContainers: [container({ image: 'nicolaka/netshoot' })] }),
  ],
  [
    'ephemeral container image',
    'network-tool-image',
    'found',
    pod({ ephemeralContainers: [container({ image: 'nicolaka/netshoot' })] }),
  ],
  ['container without an image', 'network-tool-image', 'silent', pod({ containers: [{ name: 'app' }] })],
  [
    'image named only in the environment',
    'network-tool-image',
    'silent',
    withEnv([{ name: 'IMAGE', value: 'nicolaka/netshoot' }], 'sleep', '1'),
  ],
];

const commands: readonly EvasionRow[] = [
  [
    'two parentheses, which dash and ash read as two subshells',
    'network-tool-command',
    'found',
    running('sh', '-c', '((nmap -sS host))'),
  ],
  [
    'many parentheses',
    'network-tool-command',
    'found',
    running('sh', '-c', `${'('.repeat(3000)}nmap${')'.repeat(3000)}`),
  ],
  [
    'arithmetic on a variable called nc',
    'network-tool-command',
    'silent',
    running('bash', '-c', '(( nc++ )); (( nc = 1 )); (( nc > 3 ))'),
  ],
  [
    'a brace expression of more words than anyone writes',
    'network-tool-command',
    'found',
    running('bash', '-c', `{nmap,${'a,'.repeat(3000)}b}`),
  ],
  [
    'post-start hook',
    'network-tool-command',
    'found',
    pod({ containers: [container({ lifecycle: { postStart: { exec: { command: ['nmap'] } } } })] }),
  ],
  [
    'pre-stop hook',
    'network-tool-command',
    'found',
    pod({ containers: [container({ lifecycle: { preStop: { exec: { command: ['sh', '-c', 'nmap'] } } } })] }),
  ],
  [
    'readiness probe',
    'network-tool-command',
    'found',
    pod({ containers: [container({ readinessProbe: { exec: { command: ['nmap'] } } })] }),
  ],
  [
    'start-up probe',
    'network-tool-command',
    'found',
    pod({ containers: [container({ startupProbe: { exec: { command: ['nmap'] } } })] }),
  ],
  [
    'variable in a hook, which the kubelet leaves alone',
    'network-tool-command',
    'silent',
    pod({
      containers: [
        container({ env: [{ name: 'T', value: 'nmap' }], lifecycle: { postStart: { exec: { command: ['$(T)'] } } } }),
      ],
    }),
  ],
  ['variable in a command', 'network-tool-command', 'found', withEnv([{ name: 'T', value: 'nmap' }], '$(T)')],
  ['variable that is escaped', 'network-tool-command', 'silent', withEnv([{ name: 'T', value: 'nmap' }], '$$(T)')],
  [
    'variable made of variables',
    'network-tool-command',
    'found',
    withEnv(
      [
        { name: 'A', value: 'nm' },
        { name: 'B', value: '$(A)ap' },
      ],
      '$(B)',
    ),
  ],
  [
    'the later of two variables',
    'network-tool-command',
    'found',
    withEnv(
      [
        { name: 'T', value: 'true' },
        { name: 'T', value: 'nmap' },
      ],
      '$(T)',
    ),
  ],
  [
    'httpGet probe with a tool in its path',
    'network-tool-command',
    'silent',
    pod({ containers: [container({ readinessProbe: { httpGet: { path: '/nmap' } } })] }),
  ],
  [
    'Tekton script',
    'network-tool-command',
    'found',
    holding(
      'tekton.dev/v1',
      'Task',
      'spec.steps.0',
      container({ script: '#!/usr/bin/env bash\nset -e\nnmap -sS host\n' }),
    ),
  ],
  [
    'Tekton script without a shebang',
    'network-tool-command',
    'found',
    holding('tekton.dev/v1', 'Task', 'spec.steps.0', container({ script: 'nmap -sS host\n' })),
  ],
  [
    'Argo script',
    'network-tool-command',
    'found',
    holding(
      'argoproj.io/v1alpha1',
      'Workflow',
      'spec.templates.0.script',
      container({ command: ['bash'], source: 'nmap -sS host' }),
    ),
  ],
  ['name of a container', 'network-tool-command', 'silent', pod({ containers: [container({ name: 'nmap' })] })],
  [
    'working directory',
    'network-tool-command',
    'silent',
    pod({ containers: [container({ workingDir: '/opt/nmap' })] }),
  ],
];

/** Every way. */
export const evasionRows: readonly EvasionRow[] = [
  ...kinds,
  ...stepKinds,
  ...volumeKinds,
  ...operatorKinds,
  ...shapes,
  ...capabilities,
  ...paths,
  ...ports,
  ...images,
  ...commands,
];
