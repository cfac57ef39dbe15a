/*
 * Needs the node level. One thing after the other goes from an installed Seawall, in each form that it can be installed in, and
 * the API server is asked for the same few things: what it answers is the table of docs/availability.md, which is held to
 * it. SEAWALL_UPDATE=1 writes it.
 */
import { pauseEtcd } from '../faults/control-plane-faults.ts';
import type { Site } from '../faults/faults.ts';
import { readTable, writeTable } from '../faults/page.ts';
import { readyReplicas } from '../faults/replicas.ts';
import { clearLoad, makeLoadNamespace, startSteadyLoad, storedBadPods } from '../faults/steady-load.ts';
import { tableText, tallyOf } from '../faults/tally.ts';
import { installSeawall } from '../harness/install-seawall.ts';
import { describeLevel, startTimeoutMs } from '../harness/levels.ts';
import type { ClusterNode } from '../harness/node.ts';
import { startNode } from '../harness/node.ts';
import { seawallArchive } from '../harness/seawall-image.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { makeNamespace } from '../remediation.ts';
import type { Form, FormSwitch } from './forms.ts';
import { forms, formSwitch } from './forms.ts';
import type { Loss } from './losses.ts';
import { losses } from './losses.ts';
import type { Row } from './outage-table.ts';
import { outageTable } from './outage-table.ts';
import { ask, namespace } from './probes.ts';
import { webhookCounts } from './webhook-counts.ts';

describeLevel('node', 'what happens while something is gone', () => {
  let node: ClusterNode | undefined;
  let site: Site;
  let formOf: FormSwitch;
  const rows: Row[] = [];
  const well = new Map<Form, string>();

  beforeAll(async () => {
    await seawallArchive();
    node = await startNode();
    site = { node, installed: await installSeawall(node) };
    const { controlPlane } = node;
    formOf = await formSwitch(controlPlane);
    await makeNamespace(controlPlane, namespace);
    await makeLoadNamespace(controlPlane);
    // Where a namespace has no LimitRange, the API server asks etcd for one before it asks anybody about a pod.
    const limits = [{ type: 'PersistentVolumeClaim', max: { storage: '1Ti' } }];
    await controlPlane.apply({
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'any', namespace },
      spec: { limits },
    });
    const target = { schedulerName: 'nobody', containers: [{ name: 'app', image: 'app' }] };
    await controlPlane.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'target', namespace }, spec: target });
  }, startTimeoutMs);
  afterAll(() => node?.stop());

  async function rowOf(loss: Loss, form: Form): Promise<Row> {
    const row = { gone: loss.gone, form, answers: await ask(site.node.controlPlane, loss) };
    rows.push(row);
    process.stderr.write(outageTable([row]));
    return row;
  }

  /** What a person sees while etcd is gone. */
  async function tellKubectl(): Promise<void> {
    const { kubectl } = site.node.controlPlane;
    const inNamespace = ['-n', namespace, '--request-timeout=5s'];
    const get = await kubectl(['get', 'pods', ...inNamespace]);
    const run = await kubectl(['run', 'app', '--image=app', ...inNamespace]);
    const ready = await kubectl(['get', '--raw', '/readyz', '--request-timeout=20s']);
    process.stderr.write([get, run, ready].map(({ code, stderr }) => `${code} ${stderr.slice(0, 200)}\n`).join(''));
    expect(run.code).toBe(1);
    expect(ready.stderr).toContain('[-]etcd failed');
  }

  /** Until the API server answers as it did when nothing was gone. */
  async function recovered(form: Form): Promise<void> {
    await readyReplicas(site.node);
    await waitUntil(
      'all to be well again',
      async () => {
        const answers = await ask(site.node.controlPlane, { times: 1 });
        return outageTable([{ gone: '', form, answers }]) === well.get(form) ? true : undefined;
      },
      { timeoutMs: 120_000, intervalMs: 500 },
    );
  }

  test.each(losses.map((loss) => [loss.gone, loss] as const))(
    '%s',
    async (gone, loss) => {
      const { happen, isOfApiServer = false } = loss;
      if (isOfApiServer) {
        for (const form of forms) {
          await formOf.to(form);
          const back = await happen(site);
          await rowOf(loss, form);
          if (form === 'with policies') await tellKubectl();
          await back();
          await recovered(form);
        }
        return;
      }
      const back = await happen(site);
      for (const form of forms) {
        await formOf.to(form);
        const { answers } = await rowOf(loss, form);
        if (gone === 'nothing') well.set(form, outageTable([{ gone: '', form, answers }]));
      }
      await back();
      await recovered('with policies');
    },
    300_000,
  );

  test('docs/availability.md has the table', () => {
    const table = outageTable(rows);
    if (process.env['SEAWALL_UPDATE'] === '1') writeTable('availability.md', table);
    expect(readTable('availability.md')).toBe(table);
  });

  test('no Seawall for a whole run of faults: no benign pod is held up for want of it, and no bad one is stored', async () => {
    const { controlPlane } = site.node;
    await formOf.to('with policies');
    await controlPlane.kubectl(['-n', 'seawall', 'scale', 'deployment/seawall', '--replicas=0']);
    await readyReplicas(site.node, 0);
    const load = startSteadyLoad(controlPlane);
    try {
      await load.seeThrough(60);
      await pauseEtcd(site.node, 3_000);
      await load.seeThrough(30);
      await controlPlane.killEtcd();
      await controlPlane.restartEtcd();
      await load.seeThrough(30);
      await controlPlane.restartApiServer();
      await load.seeThrough(30);
    } finally {
      await load.stop();
    }
    const tally = tallyOf('no Seawall', await load.stop(), await storedBadPods(controlPlane));
    process.stderr.write(`${tableText([tally])}${tally.messages.join('\n')}\n`);
    const { benign, bad } = tally;
    expect({ refused: benign.refused, held: benign['webhook-failed'], admitted: bad.admitted }).toEqual({
      refused: 0,
      held: 0,
      admitted: 0,
    });
    expect(benign.all).toBeGreaterThan(60);
    expect(bad.all).toBeGreaterThan(20);
    await clearLoad(controlPlane);
  }, 300_000);

  test('what fails open is counted by the API server, and written into its audit log', async () => {
    const { controlPlane } = site.node;
    await controlPlane.kubectl(['-n', 'seawall', 'scale', 'deployment/seawall', '--replicas=0']);
    await readyReplicas(site.node, 0);
    await formOf.to('with conditions');
    const before = await webhookCounts(controlPlane);
    await ask(controlPlane, { times: 3 });
    expect((await webhookCounts(controlPlane)).since(before)).toEqual({
      // The five pods of the probes, before anybody judges them; the two that would be told of; the Deployment.
      'open repair.seawall.dev': 15,
      'open advice.seawall.dev': 6,
      'open workloads.seawall.dev': 3,
      // Two bad pods and the exec.
      'refused pods.seawall.dev': 9,
    });
    const noted = controlPlane
      .auditEvents()
      .flatMap(({ annotations = {} }) => Object.entries(annotations))
      .flatMap(([key, value]) => (key.startsWith('failed-open.') ? [`${key.replace(/\/.*/, '')}: ${value}`] : []));
    expect([...new Set(noted)].sort()).toEqual([
      'failed-open.mutation.webhook.admission.k8s.io: repair.seawall.dev',
      'failed-open.validating.webhook.admission.k8s.io: advice.seawall.dev',
      'failed-open.validating.webhook.admission.k8s.io: workloads.seawall.dev',
    ]);
  }, 120_000);
});
