// Needs the node level. Pods that Seawall repairs, static pods that it cannot stop, and what the kernel says of them.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredObject } from './guarded-cluster.ts';
import type { GuardedNode } from './guarded-node.ts';
import { namespaces, startGuardedNode } from './guarded-node.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { containerReport, parseReport, witnessContainer } from './harness/witness.ts';
import { heldCapabilities, kernelFacts, sightOfNode } from './kernel-facts.ts';

const refused = 'operation not permitted';

describeLevel('node', 'the kernel as witness', () => {
  let guarded: GuardedNode;
  let cluster: ControlPlane;

  beforeAll(async () => {
    guarded = await startGuardedNode();
    cluster = guarded.controlPlane;
  }, startTimeoutMs);
  afterAll(() => guarded.stop());

  const witnessPod = (name: string, namespace: string, securityContext?: object, spec: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ ...witnessContainer(), ...(securityContext === undefined ? {} : { securityContext }) }],
      ...spec,
    },
  });

  describe('a pod that was repaired cannot open a raw socket, and could before', () => {
    test.each([
      ['nothing asked', 'plain', undefined],
      ['a drop that is none on containerd', 'cap-prefix', { capabilities: { drop: ['CAP_NET_RAW'] } }],
      ['a user other than root', 'user', { runAsUser: 1000 }],
    ])('%s', async (_what, name, securityContext) => {
      const { unguarded, guarded: behindSeawall } = namespaces;
      await cluster.apply([unguarded, behindSeawall].map((each) => witnessPod(name, each, securityContext)));
      const before = await containerReport(cluster, name, 'witness', unguarded);
      const after = await containerReport(cluster, name, 'witness', behindSeawall);
      const isRoot = before.uid === 0;
      expect(before).toMatchObject({ rawSocket: isRoot ? 'opens' : refused, packetSocket: isRoot ? 'opens' : refused });
      expect(after).toMatchObject({ rawSocket: refused, packetSocket: refused });
      expect([...heldCapabilities(before)]).toEqual(['NET_RAW']);
      expect([...heldCapabilities(after)]).toEqual([]);
      // The repair takes NET_RAW and nothing else.
      const netRaw = 1n << 13n;
      expect(BigInt(`0x${after.capabilities.bounding}`) | netRaw).toBe(BigInt(`0x${before.capabilities.bounding}`));
    });

    test('init containers, side-cars and the containers that join it too', async () => {
      const init = { ...witnessContainer('init', 'report') };
      const sidecar = { ...witnessContainer('sidecar'), restartPolicy: 'Always' };
      await cluster.apply(witnessPod('many', namespaces.guarded, undefined, { initContainers: [init, sidecar] }));
      await containerReport(cluster, 'many');
      const patch = JSON.stringify({ spec: { ephemeralContainers: [witnessContainer('joined')] } });
      const { code } = await cluster.kubectl([
        'patch',
        'pod',
        'many',
        '--subresource=ephemeralcontainers',
        '-p',
        patch,
      ]);
      expect(code).toBe(0);
      for (const container of ['init', 'sidecar', 'witness', 'joined']) {
        const { rawSocket } = await containerReport(cluster, 'many', container);
        expect({ container, rawSocket }).toEqual({ container, rawSocket: refused });
      }
    });

    test('and a command that is executed in it neither', async () => {
      await cluster.apply(witnessPod('entered', namespaces.guarded));
      await containerReport(cluster, 'entered');
      const { stdout } = await cluster.kubectl(['exec', 'entered', '--', '/witness', 'report']);
      expect(parseReport(stdout)).toMatchObject({ rawSocket: refused, packetSocket: refused });
    });
  });

  test('a static pod runs without being asked for, its mirror is reported, and nobody else can make one', async () => {
    const path = join(guarded.node.staticPodFolder, 'static.json');
    writeFileSync(
      path,
      JSON.stringify(witnessPod('static', 'default', undefined, { hostNetwork: true, hostPID: true })),
    );
    const mirror = `static-${guarded.node.name}`;
    const report = await containerReport(cluster, mirror);
    const facts = kernelFacts(report, sightOfNode(guarded.node.network.name));
    expect([...facts.keys()]).toEqual(['host-network', 'host-pid', 'net-raw']);
    const events = cluster.auditEvents().filter(({ stage, verb }) => stage === 'ResponseComplete' && verb === 'create');
    const made = events.find(({ annotations }) => annotations?.['pods.seawall.dev/spared'] !== undefined);
    expect(made?.annotations).toMatchObject({
      'pods.seawall.dev/spared': 'mirror-pod',
      'pods.seawall.dev/audited':
        'host-network at spec.hostNetwork; host-pid at spec.hostPID; net-raw-default at spec.containers[0]',
    });
    const { stdout } = await cluster.kubectl(['get', 'pod', mirror, '-o', 'json']);
    const { metadata, spec } = JSON.parse(stdout) as StoredObject;
    // Sent again as it is stored, by somebody who is not the kubelet.
    const forged = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'forged', uid: '' }, spec };
    const { stderr } = await cluster.kubectl(['create', '-f', '-'], { stdin: JSON.stringify(forged) });
    expect(stderr).toContain('Seawall refuses Pod default/forged by policy default: 2 findings');
    rmSync(path);
  });
});
