/*
 * An API server that has nothing but pods: as many as the path says, in pages, over HTTPS, in a process of its own. What
 * it sends is made before it is asked, so that it costs little beside those who read it.
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

const [certFile = '', keyFile = ''] = process.argv.slice(2);

const pageSize = 500;
const distinctPages = 20;
const owners = 2_000;
const namespaces = 200;

const namespaceOf = (owner: number): string => `team-${String(owner % namespaces).padStart(3, '0')}`;
const uidOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** A pod of the size and shape that a web service's has in a cluster, about 5 kB; one owner in twenty is on the host network. */
function pod(index: number): object {
  const owner = index % owners;
  const hash = `web-${String(owner).padStart(4, '0')}-5d8c9f7b6`;
  const name = `${hash}-${index.toString(36).padStart(5, '0')}`;
  const container = (own: string) => ({
    name: own,
    image: `registry.corp.example/shop/${own}:1.27.${index % 10}`,
    args: ['--listen=:8080', '--log-level=info', `--shard=${index % 16}`],
    ports: [{ containerPort: 8080, name: 'http', protocol: 'TCP' }],
    env: Array.from({ length: 8 }, (_, each) => ({ name: `SETTING_${each}`, value: `value-${each}-${owner}` })),
    resources: { limits: { memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
    livenessProbe: {
      httpGet: { path: '/healthz', port: 'http', scheme: 'HTTP' },
      periodSeconds: 10,
      timeoutSeconds: 1,
    },
    volumeMounts: [{ mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', name: 'token', readOnly: true }],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
  });
  const names = ['app', 'proxy'];
  return {
    metadata: {
      name,
      generateName: `${hash}-`,
      namespace: namespaceOf(owner),
      uid: uidOf(index),
      resourceVersion: String(1_000_000 + index),
      creationTimestamp: '2026-11-01T08:00:00Z',
      labels: { app: `web-${owner}`, 'pod-template-hash': '5d8c9f7b6', team: namespaceOf(owner) },
      annotations: { 'prometheus.io/scrape': 'true', 'checksum/config': uidOf(owner) },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: hash, uid: uidOf(5_000_000 + owner), controller: true },
      ],
      managedFields: ['kube-controller-manager', 'kubelet'].map((manager) => ({
        manager,
        operation: 'Update',
        apiVersion: 'v1',
        time: '2026-11-01T08:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:metadata': { 'f:labels': { 'f:app': {}, 'f:team': {} } }, 'f:spec': { 'f:containers': {} } },
      })),
    },
    spec: {
      ...(owner % 20 === 0 && { hostNetwork: true }),
      containers: names.map(container),
      volumes: [
        { name: 'token', projected: { defaultMode: 420, sources: [{ serviceAccountToken: { path: 'token' } }] } },
      ],
      serviceAccountName: 'default',
      nodeName: `node-${index % 500}`,
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
      tolerations: ['not-ready', 'unreachable'].map((key) => ({
        key: `node.kubernetes.io/${key}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
    },
    status: {
      phase: 'Running',
      podIP: `10.0.${index % 250}.${index % 200}`,
      startTime: '2026-11-01T08:00:00Z',
      conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
        type,
        status: 'True',
        lastTransitionTime: '2026-11-01T08:00:01Z',
      })),
      containerStatuses: names.map((own) => ({
        name: own,
        ready: true,
        restartCount: 0,
        image: `registry.corp.example/shop/${own}:1.27`,
        imageID: `registry.corp.example/shop/${own}@sha256:${'a'.repeat(64)}`,
        containerID: `containerd://${'b'.repeat(64)}`,
        state: { running: { startedAt: '2026-11-01T08:00:01Z' } },
      })),
    },
  };
}

const pages = Array.from({ length: distinctPages }, (_, page) =>
  Buffer.from(
    `${Array.from({ length: pageSize }, (__, index) => JSON.stringify(pod(page * pageSize + index))).join(',')}]}`,
  ),
);

function sendPods(url: URL, total: number, response: ServerResponse): void {
  const from = Number(url.searchParams.get('continue') ?? 0);
  const next = from + pageSize;
  const rest = next < total ? `,"continue":"${next}","remainingItemCount":${total - next}` : '';
  const head = `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"${rest}},"items":[`;
  const items = pages[(from / pageSize) % distinctPages] ?? Buffer.alloc(0);
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(head) + items.length,
  });
  response.write(head);
  response.end(items);
}

function sendJson(body: object, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, listener);

/** The first step of the path is the number of pods. */
function listener(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '', 'https://server');
  const [, total = '', ...steps] = url.pathname.split('/');
  const path = steps.join('/');
  if (path === 'api/v1/pods') sendPods(url, Number(total), response);
  else if (path === 'apis') sendJson({ kind: 'APIGroupList', groups: [] }, response);
  else sendJson({ kind: 'List', metadata: {}, items: [] }, response);
}

server.listen(0, '127.0.0.1', () => {
  process.stderr.write(`ready on https://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
