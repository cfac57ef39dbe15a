import fc from 'fast-check';
import type { Fields } from './pods.ts';

/** Pods as charts write them, of which no rule has anything to refuse: what a cluster creates all day. */

const seldom = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 1 });
const often = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined, freq: 4 });

const image = fc
  .tuple(
    fc.constantFrom('', 'docker.io/', 'quay.io/', 'ghcr.io/', 'registry.k8s.io/', 'registry.example.com:5000/'),
    fc.constantFrom('library/nginx', 'bitnami/redis', 'prometheus/node-exporter', 'team/app', 'postgres', 'ns/web/api'),
    fc.constantFrom('', ':latest', ':1.27.3-alpine', ':v2', `@sha256:${'b'.repeat(64)}`),
  )
  .map((parts) => parts.join(''));

const flag = fc.constantFrom(
  ...['--listen=:8080', '--log-format=json', '--config=/etc/app/config.yaml', '--v=2', '-leader-elect', 'serve'],
  ...['--pod-name=$(POD_NAME)', '--namespace=$(POD_NAMESPACE)', '--kubeconfig', '/tmp/x', '--storage.path=/data', '--'],
);
const program = fc
  .tuple(
    fc.constantFrom('/app/run', '/manager', '/usr/bin/prometheus', 'nginx', 'docker-entrypoint.sh', '/entrypoint.sh'),
    fc.array(flag, { maxLength: 5 }),
  )
  .map(([head, flags]) => [head, ...flags]);
const script = fc
  .array(
    fc.constantFrom(
      ...['set -e', 'exec /app/run --port=$PORT', 'cp -r /defaults/. /data', 'sleep 5', 'echo "starting $NAME"'],
      ...['mkdir -p /data/cache', 'chown -R 1000:1000 /data', 'if [ ! -f /data/ready ]; then touch /data/ready; fi'],
      ...['nginx -s quit', 'wget -qO- http://127.0.0.1:8080/ready', 'until test -f /data/ready; do sleep 1; done'],
      ...['export HOST=$(hostname)', 'python /app/migrate.py', 'cat /etc/app/template | sed s/A/B/ > /tmp/config'],
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((lines) => lines.join('\n'));
const command = fc.oneof(
  { weight: 6, arbitrary: program },
  {
    weight: 2,
    arbitrary: fc.constantFrom(['java', '-jar', '/app/app.jar'], ['node', 'server.js'], ['python', '-m', 'app']),
  },
  { weight: 1, arbitrary: script.map((text) => ['/bin/sh', '-c', text]) },
);
const probe = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ httpGet: { path: '/ready', port: 8080 } }) },
  { weight: 1, arbitrary: fc.constant({ exec: { command: ['pg_isready', '-U', 'postgres'] } }) },
  { weight: 1, arbitrary: fc.constant({ exec: { command: ['sh', '-c', 'redis-cli ping'] } }) },
);
const securityContext = fc.record({
  runAsNonRoot: fc.constant(true),
  capabilities: fc.constantFrom({ drop: ['ALL'] }, { drop: ['ALL'], add: ['NET_BIND_SERVICE'] }),
});
const container = fc.record({
  image,
  command: seldom(command),
  args: seldom(fc.array(flag, { minLength: 1, maxLength: 6 })),
  readinessProbe: often(probe),
  livenessProbe: often(probe),
  env: fc.constant([
    { name: 'PORT', value: '8080' },
    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
  ]),
  ports: fc.constantFrom([], [{ containerPort: 8080 }]),
  securityContext: often(securityContext),
});
const volume = fc.constantFrom({ emptyDir: {} }, { configMap: { name: 'app' } }, { secret: { secretName: 'app' } });

export const arbitraryBenignPod: fc.Arbitrary<Fields> = fc
  .record({
    containers: fc.array(container, { minLength: 1, maxLength: 3 }),
    initContainers: fc.oneof(fc.constant([]), fc.array(fc.record({ image, command }), { maxLength: 1 })),
    volumes: fc.array(volume, { maxLength: 3 }),
  })
  .map((spec) => {
    const named = (list: readonly object[], letter: string): object[] =>
      list.map((each, index) => ({ ...each, name: `${letter}${index}` }));
    return JSON.parse(
      JSON.stringify({
        metadata: {},
        spec: {
          containers: named(spec.containers, 'c'),
          initContainers: named(spec.initContainers, 'i'),
          volumes: named(spec.volumes, 'v'),
        },
      }),
    ) as Fields;
  });
