/*
 * The reviews that the servers are measured with: 4 to 118 KB, as an API server sends them. Most are let through without
 * a word, as most are in a cluster whose pods are repaired; one in eight is warned of, one in eight refused.
 */

type Fields = Record<string, unknown>;

const dropped = { capabilities: { drop: ['NET_RAW'] }, runAsNonRoot: true, allowPrivilegeEscalation: false };

/** Text that a server cannot tell from what people write there. */
function filler(bytes: number): string {
  const words = 'the quick brown fox jumps over the lazy dog while kubelet \\"pulls\\" images and \\n writes lines ';
  return words.repeat(Math.ceil(bytes / words.length)).slice(0, bytes);
}

/** A container as charts write them: ports, probes, resources, some variables. */
function container(index: number): Fields {
  return {
    name: `app-${index}`,
    image: `registry.example.com/team-${index}/service:1.${index}.0`,
    args: ['--listen=:8080', '--log-format=json', `--shard=${index}`],
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    env: Array.from({ length: 12 }, (_, each) => ({ name: `SETTING_${each}`, value: `value-${each}-${index}` })),
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 10, timeoutSeconds: 1 },
    livenessProbe: { httpGet: { path: '/live', port: 'http' }, periodSeconds: 10, timeoutSeconds: 1 },
    volumeMounts: [{ name: 'config', mountPath: '/etc/app', readOnly: true }],
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
    securityContext: dropped,
  };
}

/** What the API server keeps of each field's owner: a good part of what it sends. */
function managedFields(): Fields[] {
  const fields = Object.fromEntries(
    Array.from({ length: 40 }, (_, each) => [`f:field-${each}`, { '.': {}, 'f:x': {} }]),
  );
  return [{ manager: 'kubectl', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: fields }];
}

/** A pod of so many containers, that nothing is to be said of. */
export function plainPod(containers: number, padding = 0): Fields {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `service-${containers}`,
      namespace: 'team',
      labels: { app: 'service', 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: padding === 0 ? {} : { 'example.com/notes': filler(padding) },
      managedFields: managedFields(),
    },
    spec: {
      containers: Array.from({ length: containers }, (_, index) => container(index)),
      volumes: [{ name: 'config', configMap: { name: 'service-config', defaultMode: 420 } }],
      serviceAccountName: 'service',
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }],
    },
  };
}

function deployment(containers: number, padding: number): Fields {
  const pod = plainPod(containers, padding);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: pod['metadata'],
    spec: { replicas: 3, selector: { matchLabels: { app: 'service' } }, template: pod },
  };
}

function withSpec(pod: Fields, fields: Fields): Fields {
  return { ...pod, spec: { ...(pod['spec'] as Fields), ...fields } };
}

function review(object: Fields, operation = 'CREATE', oldObject: Fields | null = null): Buffer {
  const kind = String(object['kind']);
  const [version = '', group = ''] = String(object['apiVersion']).split('/').toReversed();
  const request = {
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    kind: { group, version, kind },
    resource: { group, version, resource: `${kind.toLowerCase()}s` },
    namespace: 'team',
    name: 'service',
    operation,
    userInfo: {
      username: 'system:serviceaccount:kube-system:replicaset-controller',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
    },
    object,
    oldObject,
    dryRun: false,
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
  };
  return Buffer.from(JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request }));
}

/** The bodies, in the order in which every connection sends them over and over. */
export function mixedBodies(): readonly Buffer[] {
  return [
    review(plainPod(1)),
    review(plainPod(2)),
    review(deployment(2, 8_000)),
    review(
      withSpec(plainPod(2), {
        volumes: [
          { name: 'logs', hostPath: { path: '/var/log' } },
          { name: 'etc', hostPath: { path: '/etc/ssl' } },
        ],
      }),
    ),
    review(plainPod(4, 4_000), 'UPDATE', plainPod(4, 4_000)),
    review(plainPod(3, 20_000)),
    review(withSpec(plainPod(1), { hostNetwork: true })),
    review(plainPod(8, 92_000)),
  ];
}
