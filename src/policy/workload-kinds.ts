/*
 * Where each kind keeps its pod specs. Group and kind decide, in any version, served or not. A path's `*` stands for
 * every element of a list or every value of a map.
 */

/** One place in a kind that holds a pod spec, or what stands for one. */
export interface PodSite {
  /** Steps to the object whose fields are read as a pod spec's (hostNetwork, volumes ...). */
  readonly spec: readonly string[];
  /** Steps below `spec` to single containers, where they do not stand in the three lists of a pod spec. */
  readonly containers?: readonly (readonly string[])[];
  /** Steps from the root to objects whose host fields hold for these containers too. */
  readonly inherits?: readonly (readonly string[])[];
  /** The field of `spec` that holds the pod's metadata, where it does not stand beside `spec`. */
  readonly metadata?: string;
  /**
   * Whether the containers are laid over others, so that what they do not say may be said there: always, or where `spec` or
   * what it inherits has a field of this name.
   */
  readonly overlay?: true | string;
}

/** A kind that the policy file adds; the paths are as in `spec.tasks[*].template.spec` and `spec.replicaSpecs.*.template.spec`. */
export interface CustomKind {
  readonly group: string;
  readonly kind: string;
  readonly podSpecs: readonly string[];
  readonly containers: readonly string[];
  readonly hostFields: readonly string[];
}

/** The steps of a field path as the policy file writes it: `spec.tasks[*].template` is spec, tasks, *, template. */
export function parseFieldPattern(pattern: string): string[] {
  return pattern
    .replaceAll('[*]', '.*')
    .split('.')
    .filter((step) => step !== '');
}

const podSpec = (path: string): PodSite => ({ spec: parseFieldPattern(path) });

interface SiteOptions extends Pick<PodSite, 'metadata' | 'overlay'> {
  readonly inherits?: readonly string[];
}

function containersAt(spec: string, containers: readonly string[], options: SiteOptions = {}): PodSite {
  const { inherits = [], ...rest } = options;
  return {
    spec: parseFieldPattern(spec),
    containers: containers.map(parseFieldPattern),
    inherits: inherits.map(parseFieldPattern),
    ...rest,
  };
}

/** Pod specs that are laid over those of another object. */
const podSpecOver = (path: string): PodSite => ({ ...podSpec(path), overlay: true });

const template = [podSpec('spec.template.spec')];
const cronJob = [podSpec('spec.jobTemplate.spec.template.spec')];

// Source: argoproj/argo-workflows pkg/apis/workflow/v1alpha1/workflow_types.go (WorkflowSpec, Template).
function argoWorkflow(spec: string): PodSite[] {
  const own = ['container', 'script', 'initContainers.*', 'sidecars.*', 'containerSet.containers.*'];
  const templates = [
    'templates.*',
    'templateDefaults',
    'templates.*.steps.*.*.inline',
    'templates.*.dag.tasks.*.inline',
  ];
  return [
    containersAt(spec, [], { metadata: 'podMetadata' }),
    ...templates.map((path) =>
      containersAt(`${spec}.${path}`, own, { inherits: [spec], metadata: 'metadata', overlay: 'templateDefaults' }),
    ),
  ];
}

// Source: tektoncd/pipeline pkg/apis/pipeline/v1 (TaskSpec, Step, Sidecar, PodTemplate).
const tektonTask = (spec: string, inherits: readonly string[] = []): PodSite =>
  containersAt(spec, ['steps.*', 'sidecars.*', 'stepTemplate'], { inherits, overlay: 'stepTemplate' });
const tektonPipeline = (spec: string, inherits: readonly string[] = []): PodSite[] =>
  ['tasks', 'finally'].map((list) => tektonTask(`${spec}.${list}.*.taskSpec`, inherits));
const tektonRunPods = ['spec.podTemplate', 'spec.taskRunTemplate.podTemplate'];

// Source: kubeflow/spark-operator api/v1beta2 (SparkApplicationSpec, whose image and volumes are of both roles; SparkPodSpec).
function sparkApplication(spec: string): PodSite[] {
  return [
    containersAt(spec, [''], { overlay: true }),
    ...['driver', 'executor'].flatMap((role) => [
      containersAt(`${spec}.${role}`, ['', 'initContainers.*', 'sidecars.*'], { inherits: [spec] }),
      podSpec(`${spec}.${role}.template.spec`),
    ]),
  ];
}

// Source: ray-project/kuberay ray-operator/apis/ray/v1 (RayClusterSpec, AutoscalerOptions).
const rayCluster = (spec: string): PodSite[] => [
  containersAt(spec, ['autoscalerOptions'], { overlay: true }),
  podSpec(`${spec}.headGroupSpec.template.spec`),
  podSpec(`${spec}.workerGroupSpecs.*.template.spec`),
];

const jobSet = (spec: string): PodSite[] => [podSpec(`${spec}.replicatedJobs.*.template.spec.template.spec`)];

// Source: openshift/api apps/v1 (DeploymentStrategy, ExecNewPodHook).
const deploymentConfig = [
  podSpec('spec.template.spec'),
  containersAt('spec.strategy', ['customParams', ...['pre', 'mid', 'post'].map((when) => `*.${when}.execNewPod`)], {
    overlay: true,
  }),
];

// Source: argoproj/argo-rollouts pkg/apis/rollouts/v1alpha1 (JobMetric).
const analysis = [podSpec('spec.metrics.*.provider.job.spec.template.spec')];

// Source: kubeflow/trainer pkg/apis/trainer/v1alpha1/trainjob_types.go; each release has another name for the overrides.
const trainJob = [
  containersAt('spec', ['trainer'], { overlay: true }),
  podSpecOver('spec.podSpecOverrides.*'),
  podSpecOver('spec.podTemplateOverrides.*.spec'),
  ...jobSet('spec.runtimePatches.*.trainingRuntimeSpec.template.spec').map(({ spec }) => podSpecOver(spec.join('.'))),
];

const kubeflowReplicas = (field: string): PodSite[] => [podSpec(`spec.${field}.*.template.spec`)];

const oldWorkloads: readonly (readonly [string, readonly PodSite[]])[] = ['apps', 'extensions'].flatMap((group) =>
  ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].map((kind) => [`${group}/${kind}`, template] as const),
);

const builtIn: ReadonlyMap<string, readonly PodSite[]> = new Map<string, readonly PodSite[]>([
  ['/Pod', [podSpec('spec')]],
  ['/PodTemplate', [podSpec('template.spec')]],
  ['/ReplicationController', template],
  ['/DeploymentConfig', deploymentConfig],
  ...oldWorkloads,
  ['batch/Job', template],
  ['extensions/Job', template],
  ['batch/CronJob', cronJob],
  ['batch/ScheduledJob', cronJob],
  ['batch/JobTemplate', [podSpec('template.spec.template.spec')]],
  ['argoproj.io/Rollout', template],
  ['argoproj.io/Experiment', [podSpec('spec.templates.*.template.spec')]],
  ['argoproj.io/AnalysisTemplate', analysis],
  ['argoproj.io/ClusterAnalysisTemplate', analysis],
  ['argoproj.io/AnalysisRun', analysis],
  ['argoproj.io/Workflow', argoWorkflow('spec')],
  ['argoproj.io/WorkflowTemplate', argoWorkflow('spec')],
  ['argoproj.io/ClusterWorkflowTemplate', argoWorkflow('spec')],
  ['argoproj.io/CronWorkflow', argoWorkflow('spec.workflowSpec')],
  ['apps.kruise.io/CloneSet', template],
  ['apps.kruise.io/StatefulSet', template],
  ['apps.kruise.io/DaemonSet', template],
  ['apps.kruise.io/BroadcastJob', template],
  [
    'apps.kruise.io/AdvancedCronJob',
    [
      podSpec('spec.template.jobTemplate.spec.template.spec'),
      podSpec('spec.template.broadcastJobTemplate.spec.template.spec'),
    ],
  ],
  ['apps.kruise.io/UnitedDeployment', [podSpec('spec.template.*.spec.template.spec')]],
  ['apps.kruise.io/SidecarSet', [podSpec('spec')]],
  ['apps.kruise.io/EphemeralJob', [podSpec('spec.template')]],
  ['serving.knative.dev/Service', template],
  ['serving.knative.dev/Configuration', template],
  ['serving.knative.dev/Revision', [podSpec('spec')]],
  ['jobset.x-k8s.io/JobSet', jobSet('spec')],
  [
    'leaderworkerset.x-k8s.io/LeaderWorkerSet',
    [
      podSpec('spec.leaderWorkerTemplate.leaderTemplate.spec'),
      podSpec('spec.leaderWorkerTemplate.workerTemplate.spec'),
    ],
  ],
  ['kubeflow.org/PyTorchJob', kubeflowReplicas('pytorchReplicaSpecs')],
  ['kubeflow.org/TFJob', kubeflowReplicas('tfReplicaSpecs')],
  ['kubeflow.org/MPIJob', kubeflowReplicas('mpiReplicaSpecs')],
  ['kubeflow.org/XGBoostJob', kubeflowReplicas('xgbReplicaSpecs')],
  ['kubeflow.org/MXJob', kubeflowReplicas('mxReplicaSpecs')],
  ['kubeflow.org/PaddleJob', kubeflowReplicas('paddleReplicaSpecs')],
  ['kubeflow.org/JAXJob', kubeflowReplicas('jaxReplicaSpecs')],
  ['trainer.kubeflow.org/TrainJob', trainJob],
  ['trainer.kubeflow.org/TrainingRuntime', jobSet('spec.template.spec')],
  ['trainer.kubeflow.org/ClusterTrainingRuntime', jobSet('spec.template.spec')],
  ['ray.io/RayCluster', rayCluster('spec')],
  ['ray.io/RayJob', [...rayCluster('spec.rayClusterSpec'), podSpec('spec.submitterPodTemplate.spec')]],
  ['ray.io/RayService', rayCluster('spec.rayClusterConfig')],
  ['tekton.dev/Task', [tektonTask('spec')]],
  ['tekton.dev/ClusterTask', [tektonTask('spec')]],
  ['tekton.dev/StepAction', [containersAt('', ['spec'], { overlay: true })]],
  ['tekton.dev/TaskRun', [tektonTask('spec.taskSpec', ['spec.podTemplate']), podSpec('spec.podTemplate')]],
  ['tekton.dev/Pipeline', tektonPipeline('spec')],
  [
    'tekton.dev/PipelineRun',
    [
      ...tektonPipeline('spec.pipelineSpec', tektonRunPods),
      ...tektonRunPods.map(podSpec),
      podSpec('spec.taskRunSpecs.*.podTemplate'),
      podSpec('spec.taskRunSpecs.*.taskPodTemplate'),
    ],
  ],
  ['keda.sh/ScaledJob', [podSpec('spec.jobTargetRef.template.spec')]],
  ['batch.volcano.sh/Job', [podSpec('spec.tasks.*.template.spec')]],
  ['flow.volcano.sh/JobTemplate', [podSpec('spec.tasks.*.template.spec')]],
  ['sparkoperator.k8s.io/SparkApplication', sparkApplication('spec')],
  ['sparkoperator.k8s.io/ScheduledSparkApplication', sparkApplication('spec.template')],
  ['apps.openshift.io/DeploymentConfig', deploymentConfig],
]);

/** The kinds that something is built in of, as `group/Kind`. */
export const builtInKinds: readonly string[] = [...builtIn.keys()];

/** Where a kind that nothing is built in of may keep a pod spec; it counts only with a `containers` list in it. */
const guessedSites: readonly PodSite[] = [...template, ...cronJob];

/** Where to look for the pod specs of a kind. */
export interface KindSites {
  readonly known: readonly PodSite[];
  readonly guessed: readonly PodSite[];
}

/** The sites of a kind: built in, from the policy's own entries, and guessed where nothing is built in. */
export function sitesOf(group: string, kind: string, custom: readonly CustomKind[]): KindSites {
  const builtInSites = builtIn.get(`${group}/${kind}`);
  const own = custom.filter((entry) => entry.group === group && entry.kind === kind).flatMap(sitesOfCustomKind);
  return {
    known: own.length === 0 ? (builtInSites ?? []) : [...(builtInSites ?? []), ...own],
    guessed: builtInSites === undefined ? guessedSites : [],
  };
}

/** Containers have the host fields of their kind too; an object that both are read from is one site. */
function sitesOfCustomKind(kind: CustomKind): PodSite[] {
  const hosts = new Map(kind.hostFields.map((path) => [parentOf(path).join('.'), parentOf(path)]));
  const byBase = new Map<string, (readonly string[])[]>();
  for (const path of kind.containers) {
    const [base = '', ...rest] = parseFieldPattern(path);
    byBase.set(base, [...(byBase.get(base) ?? []), rest]);
  }
  const inherits = [...hosts.values()].filter((path) => !path.includes('*'));
  const steps = [...byBase].map(([base, containers]) => ({ spec: [base], containers, inherits }));
  const fields = [...hosts].filter(([base]) => !byBase.has(base)).map(([, spec]) => ({ spec, containers: [] }));
  return [...kind.podSpecs.map(podSpec), ...steps, ...fields];
}

function parentOf(path: string): readonly string[] {
  return parseFieldPattern(path).slice(0, -1);
}
