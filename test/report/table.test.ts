import { tableReport } from '../../src/report/table.ts';
import { hostileReport, hostileTexts, reportOf } from '../support/reports.ts';

const owner = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const exemption = { name: 'cni', owner: 'platform', reason: 'Calico', expires: '2026-12-01', findings: 0 };

test('what a scan of a cluster adds is a line each below the counts', () => {
  const report = reportOf(
    [],
    {
      recreateRisk: [{ owner, pods: 3, rules: ['host-network'] }],
      exemptions: [
        { ...exemption, state: 'used' },
        { ...exemption, state: 'unused' },
        { ...exemption, state: 'expiring' },
        { ...exemption, state: 'expired' },
      ],
      deltas: { baseline: 'monday.json', new: 1, unchanged: 2, fixed: [] },
      partial: [{ what: 'pods in vault', reason: 'forbidden', unknown: 'what runs there is unknown' }],
    },
    2,
  );
  expect(tableReport(report, { colour: false })).toBe(`2 objects checked: 2 clean
against monday.json: 1 new, 0 fixed, 2 unchanged
1 owner would be refused if recreated now (drain, node loss, rollout)
exemption cni of platform is not used in what was seen
exemption cni of platform ends 2026-12-01
exemption cni of platform ended 2026-12-01
not seen: pods in vault (forbidden); what runs there is unknown
`);
});

test('hostile text is told on its line, with nothing that a terminal obeys', () => {
  const lines = tableReport(hostileReport('x', 0), { colour: false }).split('\n').length;
  for (const [index, text] of hostileTexts.entries()) {
    const table = tableReport(hostileReport(text, index), { colour: false });
    expect(table).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2028]/);
    expect(table.split('\n')).toHaveLength(lines);
  }
});
