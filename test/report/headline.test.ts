import { headline } from '../../src/report/headline.ts';
import type { Told } from '../support/reports.ts';
import { reportOf } from '../support/reports.ts';

const pod = (name: string, rule: string): Told => ({
  finding: { rule, object: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name } },
});
const owner = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };
const partial = [{ what: 'pods', reason: 'forbidden', unknown: 'unknown' }];

test.each([
  [reportOf([]), 'No object was there to judge'],
  [reportOf([], {}, 1), 'All of 1 object are clean'],
  [reportOf([], {}, 3), 'All of 3 objects are clean'],
  [reportOf([], { partial }, 3), 'Nothing was found in what could be read, and not all could be read'],
  [reportOf([pod('a', 'net-raw-default')], {}, 2), '1 object of 3 can be hardened, and none is a way to the host'],
  [reportOf([pod('a', 'net-raw-default')], { partial }, 2), '1 object of 3 can be hardened, and not all could be read'],
  [reportOf([pod('a', 'host-network'), pod('b', 'host-network')]), '2 workloads can sniff the host network'],
  [reportOf([pod('a', 'privileged')]), '1 workload can act as root on its node'],
  [
    reportOf([
      pod('a', 'net-raw'),
      pod('a', 'privileged'),
      pod('a', 'network-tool-image'),
      pod('b', 'network-tool-exec'),
    ]),
    '2 workloads can run a network tool, and 1 workload can act as root on its node',
  ],
  // Two pods of one owner are one workload.
  [
    reportOf([
      { ...pod('a', 'net-raw'), place: { owner } },
      { ...pod('b', 'net-raw'), place: { owner } },
    ]),
    '1 workload can send raw packets',
  ],
])('%#: %s', (report, sentence) => {
  expect(headline(report)).toBe(sentence);
});
