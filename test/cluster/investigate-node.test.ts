// Needs the node level. A real offender on a real node, found from an event of Falco that knows a container and no pod.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Investigation } from '../../src/investigate/investigation.ts';
import { fromFalco } from '../investigate/falco-samples.ts';
import { runCommand } from '../support/command-io.ts';
import type { GuardedNode } from './guarded-node.ts';
import { namespaces, startGuardedNode } from './guarded-node.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';
import { containerReport, witnessContainer } from './harness/witness.ts';

/** By the numbers of linux/capability.h. */
const numbers = new Map([
  ['CHOWN', 0],
  ['DAC_OVERRIDE', 1],
  ['FOWNER', 3],
  ['FSETID', 4],
  ['KILL', 5],
  ['SETGID', 6],
  ['SETUID', 7],
  ['SETPCAP', 8],
  ['NET_BIND_SERVICE', 10],
  ['NET_ADMIN', 12],
  ['NET_RAW', 13],
  ['SYS_CHROOT', 18],
  ['MKNOD', 27],
  ['AUDIT_WRITE', 29],
  ['SETFCAP', 31],
]);

describeLevel('node', 'seawall investigate, of what really runs', () => {
  let guarded: GuardedNode;
  let cluster: ControlPlane;

  beforeAll(async () => {
    guarded = await startGuardedNode();
    cluster = guarded.controlPlane;
  }, startTimeoutMs);
  afterAll(() => guarded.stop());

  interface Pod {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly nodeName: string };
    readonly status: { readonly containerStatuses?: readonly { readonly containerID?: string }[] };
  }

  async function investigateEvent(fields: object): Promise<Investigation> {
    const event = {
      ...fromFalco,
      time: new Date().toISOString(),
      output_fields: { ...fromFalco.output_fields, ...fields },
    };
    const argv = [
      'investigate',
      '--kubeconfig',
      cluster.kubeconfig,
      '--event',
      '-',
      '--audit-log',
      cluster.auditLog,
      '-o',
      'json',
    ];
    const { code, stdout, stderr } = await runCommand(argv, { stdin: JSON.stringify(event), nowMs: Date.now() });
    if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
    return JSON.parse(stdout) as Investigation;
  }

  test('the pod is found by its container, with the capabilities that the kernel knows, and why it got in', async () => {
    const namespace = namespaces.unguarded;
    await cluster.apply([
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'offender', namespace },
        spec: {
          hostNetwork: true,
          terminationGracePeriodSeconds: 1,
          containers: [
            { ...witnessContainer(), securityContext: { capabilities: { add: ['NET_ADMIN'], drop: ['MKNOD'] } } },
          ],
        },
      },
    ]);
    const report = await containerReport(cluster, 'offender', 'witness', namespace);
    const pod = await waitUntil('its container id', async () => {
      const { body } = await cluster.request('GET', `/api/v1/namespaces/${namespace}/pods/offender`);
      const read = body as Pod;
      return read.status.containerStatuses?.[0]?.containerID === undefined ? undefined : read;
    });
    const id = (pod.status.containerStatuses?.[0]?.containerID ?? '').replace('containerd://', '');
    const found = await investigateEvent({
      'k8s.ns.name': null,
      'k8s.pod.name': null,
      'container.id': id.slice(0, 12),
      'container.name': null,
      'evt.hostname': pod.spec.nodeName,
    });
    expect(found).toMatchObject({
      headline: `Pod ${namespace}/offender ran nmap (scanner) with host access (hostNetwork, NET_ADMIN) on Node ${pod.spec.nodeName}`,
      alarm: 'critical',
      state: 'running',
      container: 'witness',
      notes: ['the pod was found by its container id'],
      exposure: { hostNamespaces: ['network'] },
      verdict: { refused: true },
    });
    const set = (found.exposure?.containers[0]?.capabilities ?? []).reduce(
      (sum, name) => sum | (1n << BigInt(numbers.get(name) ?? 63)),
      0n,
    );
    expect(set.toString(16)).toBe(BigInt(`0x${report.capabilities.bounding}`).toString(16));
    expect(found.entry[0]).toEqual({
      confidence: 'likely',
      reason: expect.stringMatching(
        new RegExp(`^namespace ${namespace} is not covered: .*its namespaceSelector leaves the namespace out$`),
      ) as unknown,
    });
    expect(found.did.answer).toMatch(new RegExp(`^admin created Pod ${namespace}/offender at `));
  });

  test('a static pod is told as one, with the node and its manifest folder', async () => {
    const manifest = join(guarded.node.staticPodFolder, 'static.json');
    const spec = { hostNetwork: true, terminationGracePeriodSeconds: 1, containers: [witnessContainer()] };
    writeFileSync(
      manifest,
      JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'static', namespace: 'default' }, spec }),
    );
    try {
      const pod = await waitUntil('its mirror', async () => {
        const { body } = await cluster.request('GET', '/api/v1/namespaces/default/pods');
        return (body as { readonly items: readonly Pod[] }).items.find(({ metadata: { name } }) =>
          name.startsWith('static-'),
        );
      });
      const found = await investigateEvent({ 'k8s.ns.name': 'default', 'k8s.pod.name': pod.metadata.name });
      expect(
        found.entry.some(
          ({ reason, confidence }) =>
            confidence === 'recorded' &&
            reason.startsWith(`a static pod: the kubelet of node ${pod.spec.nodeName} runs it`),
        ),
      ).toBe(true);
      expect(found.next.at(-1)?.why).toContain(`on Node ${pod.spec.nodeName}: take its manifest away`);
      expect(found.next.some(({ command = '' }) => command.includes('remediate'))).toBe(false);
    } finally {
      rmSync(manifest, { force: true });
    }
  });
});
