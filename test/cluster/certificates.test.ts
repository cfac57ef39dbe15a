// Needs the control plane level. Replicas that manage their own certificates, before a real API server.
import { setTimeout as delay } from 'node:timers/promises';
import { readConfiguration } from '../../src/certificates/ca-bundle.ts';
import { applyCaBundle } from '../../src/certificates/ca-bundle-keeper.ts';
import type { ServingNames } from '../../src/certificates/certificate-facts.ts';
import { createIssuer } from '../../src/certificates/issuer.ts';
import { issueAuthority, issueServing } from '../../src/certificates/issue.ts';
import type { SecretContents } from '../../src/certificates/secret-contents.ts';
import { replacedAnnotation, rotateAnnotation } from '../../src/certificates/secret-contents.ts';
import { createSecret, readSecretObject, updateSecret } from '../../src/certificates/secret-store.ts';
import { serviceNames, startSelfManaged } from '../../src/certificates/self-managed.ts';
import type { JsonObject } from '../../src/cluster/api.ts';
import { createApiClient } from '../../src/cluster/api-client.ts';
import { kubeconfigCredentials } from '../../src/cluster/kubeconfig.ts';
import { openLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { Balancer, Replica, ReplicaOptions } from './certificates-replica.ts';
import {
  caBundles,
  configurationPaths,
  deleteSecret,
  handshake,
  namespace,
  patchSecret,
  quickTimes,
  startBalancer,
  startReplica,
  storedSecret,
  trustedAuthorities,
  untrustingConfigurations,
} from './certificates-replica.ts';
import { administrator } from './client/credentials-of.ts';
import { cuttable } from './client/cuttable.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { createPodsSteadily } from './harness/steady-pods.ts';
import { waitUntil } from './harness/wait-until.ts';

const dayMs = 86_400_000;

/** For waits of the same. */
const slowly = { timeoutMs: 100_000 };

/** For what takes seconds on a machine that does nothing else. */
const patienceMs = 240_000;

describeLevel('control plane', 'self-managed certificates', () => {
  let cluster: ControlPlane;
  let balancer: Balancer;
  const replicas: Replica[] = [];

  beforeAll(async () => {
    cluster = await startControlPlane();
    balancer = await startBalancer();
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  }, startTimeoutMs);
  afterAll(async () => {
    await stopReplicas();
    balancer.close();
    await cluster.stop();
  }, patienceMs);

  const start = async (...options: ReplicaOptions[]): Promise<void> => {
    replicas.push(...(await Promise.all(options.map((each) => startReplica(cluster, each)))));
    balancer.lead(replicas);
  };
  const stopReplicas = async (): Promise<void> => {
    await Promise.all(replicas.splice(0).map((replica) => replica.stop()));
  };
  const register = () => cluster.apply(untrustingConfigurations(balancer.port));
  const unregister = async (): Promise<void> => {
    for (const path of Object.values(configurationPaths)) await cluster.request('DELETE', path);
  };
  const authority = async (): Promise<string> => (await storedSecret(cluster))?.authority ?? '';
  const steps = (): unknown[] =>
    replicas
      .flatMap((replica) => replica.logLines().filter(({ msg }) => msg === 'certificate Secret written'))
      .toSorted((one, other) => Date.parse(String(one['time'])) - Date.parse(String(other['time'])))
      .map(({ step }) => step);
  const allInStep = () =>
    waitUntil(
      'every replica ready, and every caBundle with the one authority',
      async () => {
        const wanted = await authority();
        const trusted = await trustedAuthorities(cluster);
        const isReady = replicas.every(({ webhook }) => webhook.readiness().ready);
        return isReady && trusted.every((each) => each.join() === wanted) ? wanted : undefined;
      },
      slowly,
    );

  describe('of five replicas that start at once', () => {
    beforeAll(async () => {
      await register();
      await start(...[1, 2, 3, 4, 5].map((number) => ({ identity: `replica-${number}` })));
    }, patienceMs);
    afterAll(stopReplicas);

    test('the first writer wins, all serve its certificate, and every caBundle trusts it', async () => {
      await allInStep();
      const served = new Set(replicas.map(({ managed }) => managed.current().cert));
      expect(served).toEqual(new Set([(await storedSecret(cluster))?.values['tls.crt']]));
      // One at most: a write whose answer was lost on a busy machine leaves no line.
      expect(['create', '']).toContain(steps().join());
      const { status } = await cluster.request('POST', '/api/v1/namespaces/default/pods', harmlessPod('after-start'));
      expect(status).toBe(201);
    });

    test('one leads', async () => {
      const texts = await Promise.all(replicas.map((replica) => replica.metrics()));
      expect(texts.filter((text) => text.includes('\nseawall_leader 1\n'))).toHaveLength(1);
    });
  });

  describe('of two replicas', () => {
    beforeAll(async () => {
      await deleteSecret(cluster);
      await register();
      await start({ identity: 'a' }, { identity: 'b' });
    }, patienceMs);
    afterAll(stopReplicas);

    test(
      'a rotation refuses no pod, and breaks no handshake of an API server with either',
      async () => {
        const before = await allInStep();
        const pods = createPodsSteadily(cluster);
        const handshakes = shakeHandsSteadily(cluster, replicas);
        await patchSecret(cluster, { metadata: { annotations: { [rotateAnnotation]: new Date().toISOString() } } });
        await waitUntil('another authority', async () => ((await authority()) === before ? undefined : true));
        const after = await allInStep();
        const { asked, refused, message } = await pods.stop();
        expect([refused, message]).toEqual([0, '']);
        expect(asked).toBeGreaterThan(10);
        expect(await handshakes.stop()).toEqual([]);
        expect(after).not.toBe(before);
        expect(steps().slice(-3)).toEqual(['publish-next', 'switch-to-next', 'retire-old']);
        expect((await storedSecret(cluster))?.annotations).toEqual({});
      },
      patienceMs,
    );

    test.each([
      ['client-side', ['apply']],
      ['server-side', ['apply', '--server-side']],
    ])('a %s apply of the manifests conflicts with nobody and leaves the caBundle', async (_name, args) => {
      const apply = (seconds: number) => {
        const manifests = { apiVersion: 'v1', kind: 'List', items: untrustingConfigurations(balancer.port) };
        const stdin = JSON.stringify(manifests).replaceAll('"timeoutSeconds":5', `"timeoutSeconds":${seconds}`);
        return cluster.kubectl([...args, '-f', '-'], { stdin });
      };
      await unregister();
      await apply(5);
      await allInStep();
      const before = await caBundles(cluster);
      expect(await apply(4)).toMatchObject({ code: 0, stderr: '' });
      expect(await caBundles(cluster)).toEqual(before);
    });

    test(
      'another controller that rewrites a caBundle is named, and answered ever more slowly',
      async () => {
        const rewrite = () =>
          cluster.kubectl([
            ...[
              'patch',
              'validatingwebhookconfiguration',
              'seawall-workloads',
              '--type=json',
              '--field-manager=meddler',
            ],
            ...['-p', `[{"op":"replace","path":"/webhooks/0/clientConfig/caBundle","value":"${base64('mine')}"}]`],
          ]);
        const wanted = await authority();
        const restored = () =>
          waitUntil('the caBundle restored', async () =>
            (await trustedAuthorities(cluster)).every((each) => each.join() === wanted) ? true : undefined,
          );
        await rewrite();
        await restored();
        const begin = performance.now();
        for (let round = 0; round < 3; round += 1) {
          await rewrite();
          await restored();
        }
        // After the first, which is answered at once: 1, 2 and 4 seconds.
        expect(performance.now() - begin).toBeGreaterThan(6_500);
        const told = replicas.flatMap((replica) =>
          replica.logLines().filter(({ msg }) => msg === 'caBundle was overwritten'),
        );
        expect(told.map(({ by, retry_in_seconds: seconds }) => [by, seconds])).toEqual([
          ['meddler', 0],
          ['meddler', 1],
          ['meddler', 2],
          ['meddler', 4],
        ]);
        const texts = await Promise.all(replicas.map((replica) => replica.metrics()));
        const counted = texts.join('').match(/^seawall_ca_bundle_rewrites_total\{.*seawall-workloads"\} (\d+)$/m)?.[1];
        expect(counted).toBe('4');
      },
      patienceMs,
    );

    test('the leader puts a lost Secret back', async () => {
      const before = await storedSecret(cluster);
      await deleteSecret(cluster);
      const after = await waitUntil('the Secret', () => storedSecret(cluster));
      expect(after.values['ca.key']).toBe(before?.values['ca.key']);
      expect(after.values['tls.crt']).toBe(before?.values['tls.crt']);
      expect(steps().at(-1)).toBe('put-back');
    });

    test('broken contents are told and replaced from memory, and the Secret says so', async () => {
      const before = await authority();
      await patchSecret(cluster, { data: { 'ca.crt': base64('no certificate') } });
      const after = await waitUntil('another ca.crt', async () => {
        const secret = await storedSecret(cluster).catch(() => undefined);
        return secret?.annotations[replacedAnnotation] === undefined ? undefined : secret;
      });
      expect(after.authority).toBe(before);
      expect(after.annotations[replacedAnnotation]).toMatch(
        /^\d{4}-.* by put-back: ca\.crt is not PEM of an X\.509 certificate$/,
      );
      expect(replicas.flatMap((replica) => linesOf(replica, 'certificate Secret cannot be used', 'reason'))).toContain(
        'ca.crt is not PEM of an X.509 certificate',
      );
    });

    test('a certificate for another name is replaced by one of the same authority', async () => {
      const secret = await storedSecret(cluster);
      const signing = { cert: secret?.values['ca.crt'] ?? '', key: secret?.values['ca.key'] ?? '' };
      const other = await issueServing({ dnsNames: ['other'], ipAddresses: [] }, signing, Date.now());
      await patchSecret(cluster, { data: { 'tls.crt': base64(other.cert), 'tls.key': base64(other.key) } });
      await waitUntil('a certificate of ours', async () => {
        const cert = (await storedSecret(cluster))?.values['tls.crt'];
        return cert !== other.cert && replicas.every(({ managed }) => managed.current().cert === cert)
          ? true
          : undefined;
      });
      expect(await allInStep()).toBe(secret?.authority);
      expect(steps().at(-1)).toBe('issue-leaf');
    });

    test(
      'a configuration that was deleted is not made anew, and a rotation does without it',
      async () => {
        await cluster.request('DELETE', configurationPaths.repair);
        const before = await authority();
        await patchSecret(cluster, { metadata: { annotations: { [rotateAnnotation]: 'now' } } });
        await waitUntil('a rotation without it', async () => {
          const now = await authority();
          const [pods, workloads] = await trustedAuthorities(cluster);
          return now !== before && pods?.join() === now && workloads?.join() === now ? true : undefined;
        });
        expect((await caBundles(cluster))[2]).toBeUndefined();
        const applied = cluster
          .auditEvents()
          .filter(({ requestURI }) => requestURI.includes('/seawall-repair?fieldManager=seawall-ca-bundle'))
          .filter(({ responseStatus }) => responseStatus?.code === 201);
        expect(applied).toEqual([]);
        await register();
        await allInStep();
      },
      patienceMs,
    );

    test(
      'while the Secret cannot be written, and a step is due, a caBundle is mended all the same',
      async () => {
        const before = await allInStep();
        await patchSecret(cluster, { immutable: true, metadata: { annotations: { [rotateAnnotation]: 'now' } } });
        await waitUntil('the failure', () =>
          replicas.some((each) => linesOf(each, 'certificates could not be looked after', 'reason').length > 0)
            ? true
            : undefined,
        );
        const spoiled = [{ op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: base64('mine') }];
        const options = { contentType: 'application/json-patch+json' };
        const { status } = await cluster.request('PATCH', configurationPaths.pods, spoiled, options);
        expect(status).toBe(200);
        expect(await allInStep()).toBe(before);
        await deleteSecret(cluster);
      },
      patienceMs,
    );
  });

  describe('at a start', () => {
    beforeEach(() => register());
    afterEach(stopReplicas);

    test(
      'without the Secret, what the caBundles trusted stays trusted for a while',
      async () => {
        await start({ identity: 'first' });
        const before = await allInStep();
        await stopReplicas();
        await deleteSecret(cluster);
        await start({ identity: 'second', times: { ...quickTimes, oldAuthorityStaysMs: 10_000 } });
        expect(await allInStep()).not.toBe(before);
        const sizes = (): unknown[] => linesOf(replicas[0], 'caBundle written', 'authorities');
        // A write is seen in the cluster before it is told.
        await waitUntil('six lines', () => (sizes().length >= 6 ? true : undefined), slowly);
        expect(sizes()).toEqual([2, 2, 2, 1, 1, 1]);
      },
      patienceMs,
    );

    test(
      'with an authority that has ended, there is another one at once',
      async () => {
        await deleteSecret(cluster);
        const ended = Date.now() - 400 * dayMs;
        const old = await issueAuthority('old', ended, 365 * dayMs);
        const leaf = await issueServing(serviceNames(namespace, 'seawall', ['127.0.0.1']), old, ended, 90 * dayMs);
        await cluster.apply({
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'seawall-certificates', namespace },
          data: Object.fromEntries(
            Object.entries({ 'ca.crt': old.cert, 'ca.key': old.key, 'tls.crt': leaf.cert, 'tls.key': leaf.key }).map(
              ([key, text]) => [key, base64(text)],
            ),
          ),
        });
        await start({ identity: 'third' });
        await allInStep();
        expect(steps()[0]).toBe('create');
        const { status } = await cluster.request(
          'POST',
          '/api/v1/namespaces/default/pods?dryRun=All',
          harmlessPod('late'),
        );
        expect(status).toBe(201);
      },
      patienceMs,
    );

    test.each([
      ['ahead', 500 * dayMs],
      ['behind', -500 * dayMs],
    ])(
      'a replica whose clock is years %s changes nothing, and says so',
      async (direction, skewMs) => {
        await start({ identity: 'right' });
        const before = await allInStep();
        await stopReplicas();
        await start({ identity: 'wrong', skewMs });
        await waitUntil('it leads', async () =>
          ((await replicas[0]?.metrics()) ?? '').includes('\nseawall_leader 1\n') ? true : undefined,
        );
        expect(await allInStep()).toBe(before);
        expect(steps()).toEqual([]);
        const skew = /^seawall_clock_skew_seconds (\S+)$/m.exec((await replicas[0]?.metrics()) ?? '')?.[1];
        expect(Math.abs(Number(skew) + skewMs / 1000)).toBeLessThan(10);
        const word = direction === 'ahead' ? 'ahead of' : 'behind';
        expect(replicas[0]?.logLines().map(({ msg }) => msg)).toContainEqual(
          expect.stringMatching(
            new RegExp(`^the clock of this replica is \\d+ s ${word} the API server's; certificates go by`),
          ),
        );
      },
      60_000,
    );

    test('of five writers of the Secret one is first, and the others are told', async () => {
      await deleteSecret(cluster);
      const client = createApiClient(await kubeconfigCredentials({ kubeconfig: cluster.kubeconfig, env: {} }));
      const contents = await contentsOf(serviceNames(namespace, 'seawall', ['127.0.0.1']));
      const place = { client, namespace, name: 'seawall-certificates' };
      const results = await Promise.all(Array.from({ length: 5 }, () => createSecret(place, contents)));
      expect(results.toSorted()).toEqual(['lost', 'lost', 'lost', 'lost', 'written']);

      const before = await readSecretObject(place);
      // Of five that write the same all would be right.
      const updates = await Promise.all(
        [1, 2, 3, 4, 5].map((writer) => updateSecret(place, before ?? {}, contents, `by ${writer}`)),
      );
      expect(updates.toSorted()).toEqual(['lost', 'lost', 'lost', 'lost', 'written']);
      client.close();
    });

    test('a caBundle is not applied to what was deleted, or made anew, since it was read', async () => {
      const client = createApiClient(await kubeconfigCredentials({ kubeconfig: cluster.kubeconfig, env: {} }));
      const ref = { kind: 'MutatingWebhookConfiguration', name: 'seawall-repair' } as const;
      const { body } = await cluster.request('GET', configurationPaths.repair);
      const read = readConfiguration(body as JsonObject, ref, { namespace, name: 'seawall' });
      const { authority: wanted } = await contentsOf(serviceNames(namespace, 'seawall'));
      await cluster.request('DELETE', configurationPaths.repair);
      await expect(applyCaBundle(client, read, [wanted])).rejects.toMatchObject({ code: 'conflict' });
      expect((await cluster.request('GET', configurationPaths.repair)).status).toBe(404);
      await register();
      await expect(applyCaBundle(client, read, [wanted])).rejects.toMatchObject({ code: 'conflict' });
      expect((await caBundles(cluster))[2]).toBe('');
      client.close();
    });

    test('an API server that is away is waited for, however long that takes', async () => {
      const link = await cuttable(cluster.url);
      link.cut();
      const client = createApiClient({ ...administrator(cluster), server: link.url });
      const managed = startSelfManaged({
        client,
        namespace,
        service: 'seawall',
        secret: 'seawall-certificates',
        lease: 'seawall',
        identity: 'late',
        apply: () => undefined,
        log: openLog({
          level: 'error',
          destination: { write: () => undefined, flush: () => Promise.resolve() },
          now: Date.now,
        }),
        metrics: createMetrics([]),
        now: Date.now,
        monotonicMs: () => performance.now(),
      });
      await waitUntil('it to see that', () =>
        managed.problems().join().includes('nothing was heard') ? undefined : true,
      );
      expect(() => managed.current()).toThrow('no certificate is served yet');
      link.mend();
      await managed.started;
      expect(managed.current().cert).toContain('BEGIN CERTIFICATE');
      await managed.stop();
      client.close();
      link.close();
    });

    test('without configurations it serves, and fills them when they come', async () => {
      await unregister();
      await start({ identity: 'early' });
      await waitUntil('it is ready', () => (replicas[0]?.webhook.readiness().ready === true ? true : undefined));
      await register();
      await allInStep();
    });
  });
});

async function contentsOf(names: ServingNames): Promise<SecretContents> {
  const issuer = createIssuer(names, quickTimes);
  const authority = await issuer.authority(Date.now());
  const leaf = await issuer.leaf(authority, Date.now());
  return { authority, leaf, next: undefined, old: [], rotateRequested: false };
}

function linesOf(replica: Replica | undefined, message: string, field: string): unknown[] {
  return (replica?.logLines() ?? []).filter(({ msg }) => msg === message).map((line) => line[field]);
}

/** Connects to each replica as an API server does that sees the configurations as they are, until it is told to stop. */
function shakeHandsSteadily(cluster: ControlPlane, replicas: readonly Replica[]): { stop: () => Promise<string[]> } {
  const stopping = new AbortController();
  const problems: string[] = [];
  const done = (async () => {
    while (!stopping.signal.aborted) {
      const [pem = ''] = await caBundles(cluster);
      for (const { webhook } of replicas) {
        await handshake(webhook.port, pem).catch((error: unknown) => problems.push(String(error)));
      }
      await delay(20);
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await done;
      return problems;
    },
  };
}

function harmlessPod(name: string): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [{ name: 'app', image: 'app' }] } };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
