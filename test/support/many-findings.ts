import type { Report } from '../../src/report/report.ts';
import { reportOf } from './reports.ts';

const kinds = [
  { rule: 'network-tool-command', action: 'deny', severity: 'critical' },
  { rule: 'host-network', action: 'deny', severity: 'high' },
  { rule: 'host-ipc', action: 'warn', severity: 'medium' },
  { rule: 'net-raw-default', action: 'warn', severity: 'low' },
  { rule: 'host-port', action: 'audit', severity: 'low' },
] as const;

/** A report of as many findings as a large repository has, each with names, lines, a change and a command of its own. */
export function manyFindings(count: number): Report {
  return reportOf(
    Array.from({ length: count }, (_, index) => {
      const owner = Math.floor(index / 5);
      const namespace = `team-${owner % 40}`;
      const name = `service-${owner}`;
      const container = `worker-${owner}`;
      const file = `deploy/${namespace}/${name}/deployment.yaml`;
      const line = 20 + (index % 5) * 7;
      return {
        finding: {
          ...(kinds[index % kinds.length] ?? kinds[0]),
          object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name },
          container,
          path: ['spec', 'template', 'spec', 'containers', index % 3, 'securityContext'],
          message: `container ${container} keeps NET_RAW from the runtime's default set (finding ${index})`,
          remedy: 'Add `securityContext.capabilities.drop: [NET_RAW]` (or ALL) to the container.',
          subject: String(index),
        },
        place: {
          image: `registry.example.com/${namespace}/${name}:v1.${index}`,
          source: { file, line, column: 7 },
          detail: {
            excerpt: {
              firstLine: line - 1,
              lines: [
                '      containers:',
                `        - name: ${container}`,
                `          image: registry.example.com/${namespace}/${name}:v1.${index}`,
                '          ports:',
              ],
            },
            fix: [
              ' spec:',
              '   template:',
              '     spec:',
              '       containers:',
              `         - name: ${container}`,
              '+          securityContext:',
              '+            capabilities:',
              '+              drop:',
              '+                - NET_RAW',
            ],
            command: `seawall check --fix --write ${file}`,
          },
        },
      };
    }),
  );
}
