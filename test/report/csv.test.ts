import { csvReport } from '../../src/report/csv.ts';
import { hostileReport, hostileTexts, reportOf } from '../support/reports.ts';

/** The records of a text by RFC 4180, read one character at a time. */
function records(text: string): string[][] {
  const found: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (quoted && character === '"' && text.charAt(index + 1) === '"') {
      cell += '"';
      index += 1;
    } else if (character === '"') quoted = !quoted;
    else if (quoted) cell += character;
    else if (character === ',') {
      row.push(cell);
      cell = '';
    } else if (character === '\r' && text.charAt(index + 1) === '\n') {
      found.push([...row, cell]);
      row = [];
      cell = '';
      index += 1;
    } else cell += character;
  }
  return found;
}

test('a header, a record for each finding, the exempted ones last', () => {
  const source = { file: 'a.yaml', line: 7, column: 3 };
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };
  const place = {
    source,
    owner,
    image: 'nginx',
    pods: { names: ['web-1'], total: 3 },
    firstSeen: '2026-11-24T00:00:00Z',
  };
  const text = [
    ...csvReport(
      reportOf([{ place: { exemption: 'cni' } }, { finding: { container: 'app', message: 'says "a, b"' }, place }]),
    ),
  ].join('');
  expect(text).toBe(
    [
      'rule,severity,action,kind,namespace,name,container,path,image,message,remedy,owner,pods,exemption,first seen,file,line',
      'host-network,high,deny,Pod,default,web,app,spec.hostNetwork,nginx,"says ""a, b""",Remove it.,Deployment default/web,3,,2026-11-24T00:00:00Z,a.yaml,7',
      "host-network,high,deny,Pod,default,web,,spec.hostNetwork,,hostNetwork: true puts the pod on its node's network,Remove it.,Pod default/web,,cni,,,",
      '',
    ].join('\r\n'),
  );
});

test.each([
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\\u0009=1"],
  ['\r=1', "'\\u000d=1"],
  ['  =1', "'  =1"],
  ['＝1', "'＝1"],
  ["x;=cmd|'/c calc'!A1;y", "x;'=cmd|'/c calc'!A1;y"],
  ['a; +1;b', "a; '+1;b"],
  ['a;b', 'a;b'],
  ['a=1', 'a=1'],
  ['a-b@c', 'a-b@c'],
])('the cell %j is %j', (name, cell) => {
  const report = reportOf([{ finding: { container: name } }]);
  expect(records([...csvReport(report)].join(''))[1]?.[6]).toBe(cell);
});

test('hostile text keeps to its cell, on its line, and none is a formula', () => {
  for (const [index, hostile] of hostileTexts.entries()) {
    const text = [...csvReport(hostileReport(hostile, index))].join('');
    const rows = records(text);
    expect(rows.map((row) => row.length)).toEqual([17, 17, 17]);
    expect(text.split('\r\n')).toHaveLength(4);
    for (const cell of rows.flat()) expect(cell).toMatch(/^(?![\s]*[=+\-@])/);
  }
});
