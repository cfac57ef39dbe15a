/*
 * `npm run bench -- cel`: what each form of Seawall adds to the creation of a pod on a real API server: the time that its
 * creator waits, and the CPU of the API server itself. Each form stands before a namespace of its own, all at once, and
 * pods are created in one after the other, round by round; a second namespace with nothing before it is the control.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { admissionPolicies } from '../src/compile/admission-policy.ts';
import { refusalConditions } from '../src/compile/match-conditions.ts';
import { defaultPolicy } from '../src/policy/policy.ts';
import type { ControlPlane } from '../test/cluster/harness/control-plane.ts';
import { startControlPlane } from '../test/cluster/harness/control-plane.ts';
import { waitUntil } from '../test/cluster/harness/wait-until.ts';
import { median } from './median.ts';
import { cpuMs, startSeawall } from './servers.ts';
import type { Row } from './table.ts';

const forms = ['none', 'control', 'webhook', 'conditions', 'policies'] as const;
type Form = (typeof forms)[number];

const words: Readonly<Record<Form, string>> = {
  none: 'nothing',
  control: '  control: nothing against nothing',
  webhook: 'a plain webhook',
  conditions: 'a webhook with conditions',
  policies: 'admission policies, no webhook',
};

const rounds = 10;
const createsPerRound = 100;

/** A pod as charts write them; `command` decides whether the conditions ask about it. */
function pod(command: readonly string[]): object {
  const container = (name: string): object => ({
    name,
    image: `registry.example.com/team/${name}:1.4.2`,
    command,
    ports: [{ name: `p-${name}`, containerPort: 8080 }],
    env: Array.from({ length: 12 }, (_, each) => ({ name: `SETTING_${each}`, value: `value-${each}` })),
    resources: { requests: { cpu: '100m', memory: '128Mi' } },
    readinessProbe: { httpGet: { path: '/ready', port: 8080 } },
    securityContext: { capabilities: { drop: ['ALL'] } },
  });
  const spec = { containers: [container('app'), container('proxy')] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'bench-' }, spec };
}

const podKinds = [
  ['a pod that is not asked about', pod(['/app/run', '--listen=:8080', '--log-format=json'])],
  ['a pod that is', pod(['sh', '-c', 'exec /app/run --name "$(hostname)"'])],
] as const;

interface Cost {
  readonly ms: number;
  readonly cpuUs: number;
}

/** Rows for both kinds of pods, each form against none. */
export async function celRows(folder: string): Promise<Row[]> {
  const seawall = await startSeawall(folder);
  const controlPlane = await startControlPlane();
  try {
    await register(controlPlane, `https://127.0.0.1:${seawall.port}`, join(folder, 'certs', 'ca.crt'));
    const pid = apiServerPid(controlPlane.url);
    const rows: Row[] = [];
    for (const [what, object] of podKinds) rows.push(...(await compare(controlPlane, pid, what, object)));
    return rows;
  } finally {
    await controlPlane.stop();
    await seawall.stop();
  }
}

async function compare({ request }: ControlPlane, pid: number, what: string, object: object): Promise<Row[]> {
  const create = async (form: Form): Promise<number> => {
    const startedMs = performance.now();
    const { status } = await request('POST', `/api/v1/namespaces/${form}/pods?dryRun=All`, object);
    if (status !== 201) throw new Error(`${what}, ${words[form]}: HTTP ${status}`);
    return performance.now() - startedMs;
  };
  const round = async (form: Form): Promise<Cost> => {
    const before = cpuMs(pid);
    const times: number[] = [];
    for (let each = 0; each < createsPerRound; each += 1) times.push(await create(form));
    return { ms: median(times), cpuUs: ((cpuMs(pid) - before) * 1_000) / createsPerRound };
  };
  for (const form of forms) await round(form);
  const costs = new Map<Form, Cost[]>(forms.map((form) => [form, []]));
  for (let turn = 0; turn < rounds; turn += 1) for (const form of forms) costs.get(form)?.push(await round(form));
  const of = (form: Form, read: (cost: Cost) => number): number[] => (costs.get(form) ?? []).map(read);
  const rowsOf = (unit: string, name: string, digits: number, read: (cost: Cost) => number): Row[] => {
    const floors = of('none', read);
    const text = (value: number): string => `${value.toFixed(digits)} ${unit}`;
    return forms.slice(1).map((form) => {
      const own = of(form, read);
      const added = median(own.map((value, turn) => value - (floors[turn] ?? NaN)));
      return {
        what: `${what}, ${name}: ${words[form]}`,
        floor: text(median(floors)),
        measured: text(median(own)),
        result: `${added < 0 ? '' : '+'}${text(added)}`,
        bar: '',
        holds: undefined,
      };
    });
  };
  return [...rowsOf('ms', 'p50', 2, ({ ms }) => ms), ...rowsOf('us', 'CPU of the API server', 0, ({ cpuUs }) => cpuUs)];
}

/** Puts every form before the namespace of its name, and waits until each is in force. */
async function register(controlPlane: ControlPlane, url: string, caFile: string): Promise<void> {
  const policy = defaultPolicy();
  const before = (form: Form): object => ({
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: [form] }],
  });
  const webhook = (form: Form, more: object): object => ({
    name: `${form}.seawall.dev`,
    clientConfig: { url: `${url}/validate`, caBundle: readFileSync(caFile).toString('base64') },
    rules: [{ apiGroups: [''], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: ['pods'] }],
    namespaceSelector: before(form),
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    timeoutSeconds: 5,
    ...more,
  });
  await controlPlane.apply(forms.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
  await controlPlane.apply({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'seawall-bench' },
    webhooks: [
      webhook('webhook', {}),
      webhook('conditions', { matchConditions: refusalConditions(policy).conditions }),
    ],
  });
  await controlPlane.apply(admissionPolicies(policy).map((object) => onlyBefore(object, before('policies'))));
  const bad = { spec: { hostNetwork: true, containers: [{ name: 'app', image: 'app' }] } };
  for (const form of forms.slice(2)) {
    await waitUntil(`${words[form]} to be in force`, async () => {
      const path = `/api/v1/namespaces/${form}/pods?dryRun=All`;
      const { status } = await controlPlane.request('POST', path, { metadata: { name: 'probe' }, ...bad });
      return status === 403 ? true : undefined;
    });
  }
}

/** A compiled object, whose policy is asked of one namespace only. */
function onlyBefore(object: Readonly<Record<string, unknown>>, namespaceSelector: object): object {
  if (object['kind'] !== 'ValidatingAdmissionPolicy') return object;
  const spec = object['spec'] as { readonly matchConstraints: object };
  return { ...object, spec: { ...spec, matchConstraints: { ...spec.matchConstraints, namespaceSelector } } };
}

/** The process that listens there, by its command line. */
function apiServerPid(url: string): number {
  const flag = `--secure-port=${new URL(url).port}`;
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0').includes(flag)) return Number(entry);
    } catch {
      // It has ended meanwhile.
    }
  }
  throw new Error(`no kube-apiserver runs with ${flag}`);
}
