import { markdownReport } from '../../src/report/markdown.ts';
import { hostileReport, hostileTexts, reportOf } from '../support/reports.ts';

test('a sentence, the counts, and each finding worst first', () => {
  const source = { file: 'a.yaml', line: 7, column: 3 };
  const text = markdownReport(
    reportOf(
      [
        { finding: { rule: 'host-port', action: 'audit', severity: 'low', message: 'hostPort 80 listens' } },
        { finding: { container: 'app' }, place: { source } },
      ],
      {},
      2,
    ),
  );
  expect(text).toBe(`## 1 workload can sniff the host network

| checked | denied | warned | audited | clean | findings exempted |
| ------: | -----: | -----: | ------: | ----: | ----------------: |
| 4 | 1 | 0 | 1 | 2 | 0 |

- **deny** high **host-network**: \`Pod default/web\`  
  \`hostNetwork: true puts the pod on its node's network\`  
  at \`spec.hostNetwork\`, container \`app\`, \`a.yaml:7:3\`  
  Do: \`Remove it.\`  
- **audit** low **host-port**: \`Pod default/web\`  
  \`hostPort 80 listens\`  
  at \`spec.hostNetwork\`  
  Do: \`Remove it.\`  
`);
});

test('it fits into one comment, and what does not is counted', () => {
  const findings = Array.from({ length: 2000 }, (_, index) => ({
    finding: { action: index % 2 === 0 ? ('warn' as const) : ('deny' as const), subject: String(index) },
  }));
  const text = markdownReport(reportOf(findings));
  expect(text.length).toBeLessThan(65_536);
  expect(text.length).toBeGreaterThan(60_000);
  const told = [...text.matchAll(/^- \*\*/gm)].length;
  expect(text).toContain(
    `Not shown, since a comment can hold no more: ${2000 - told} findings (${1000 - told} denied, 1000 warned, 0 audited).`,
  );
  expect(text.indexOf('**warn**')).toBe(-1);
});

test('a partial scan says so and never says clean', () => {
  const text = markdownReport(
    reportOf([], { partial: [{ what: 'pods in a', reason: 'forbidden', unknown: 'unknown' }] }),
  );
  expect(text).toContain('## Nothing was found in what could be read, and not all could be read');
  expect(text).toContain('- `pods in a: forbidden; unknown`');
});

/** The text without its code spans, as CommonMark 6.1 finds them: a run of backticks up to the next run as long. */
function outsideCode(markdown: string): string {
  return markdown.replace(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, '');
}

test('hostile text stands in code spans alone, on one line each', () => {
  const bare = outsideCode(markdownReport(hostileReport('x', 0)));
  expect(bare).not.toContain('`');
  for (const [index, text] of hostileTexts.entries()) {
    const outside = outsideCode(markdownReport(hostileReport(text, index)));
    const expected = text === '' ? bare.replaceAll(/(: |  |at |container |Do: )(?=\s*\n)/g, '$1') : bare;
    if (text !== '') expect(outside.replace(/\*\*x\*\*/, '')).toBe(expected.replace(/\*\*x\*\*/, ''));
    else expect(outside).toContain('(none)');
  }
});
