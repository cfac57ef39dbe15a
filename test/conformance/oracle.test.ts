import { join } from 'node:path';
import { runCommand } from '../support/command-io.ts';
import { corpus, corpusTable, describeWithCorpus } from '../support/corpus.ts';

interface Report {
  readonly summary: { readonly objects: number; readonly errors: number };
  readonly findings: readonly {
    readonly rule: string;
    readonly container: string;
    readonly message: string;
    readonly source: { readonly file: string };
  }[];
  readonly errors: readonly {
    readonly message: string;
    readonly source: { readonly file: string; readonly line: number };
  }[];
}

async function check(files: readonly string[]): Promise<Report> {
  const { stdout, code } = await runCommand(['check', '-o', 'json', ...files.map((file) => join(corpus, file))]);
  expect([0, 3, 4]).toContain(code);
  return JSON.parse(stdout) as Report;
}

describeWithCorpus("other projects' objects", () => {
  test("every verdict of the Kubernetes and Kyverno policies' own tests is ours, through `seawall check`", async () => {
    const rows = corpusTable('oracle.tsv');
    expect(rows.length).toBeGreaterThanOrEqual(1249);
    const report = await check([...new Set(rows.map(({ file = '' }) => file))]);
    expect(report.errors).toEqual([]);
    const found = new Set(report.findings.map(({ rule, source }) => `${source.file} ${rule}`));
    const wrong = rows.filter(
      ({ file = '', rule = '', expect: expected }) =>
        found.has(`${join(corpus, file)} ${rule}`) !== (expected === 'finds'),
    );
    expect(wrong).toEqual([]);
  });

  test('91 manifests of real components: none stops the check, and tool rules fire only where a tool is', async () => {
    const rows = corpusTable('realworld.tsv');
    expect(rows.length).toBeGreaterThanOrEqual(91);
    const report = await check(rows.map(({ file = '' }) => file));
    expect(report.errors).toEqual([]);
    expect(report.summary.objects).toBeGreaterThan(500);
    const tools = report.findings.filter(({ rule }) => rule.startsWith('network-tool-'));
    expect(tools.length).toBeGreaterThan(0);
    const elsewhere = tools.filter(({ source }) => !source.file.includes('kubernetes-goat'));
    // Two init containers of Cilium do run nsenter, into the mount and cgroup namespaces of the host's process 1.
    expect(elsewhere.map(({ container, message }) => `${container}: ${message.split(' with host')[0] ?? ''}`)).toEqual([
      'mount-cgroup: runs nsenter into the host (namespace-entry)',
      'apply-sysctl-overwrites: runs nsenter into the host (namespace-entry)',
    ]);
  });
});
