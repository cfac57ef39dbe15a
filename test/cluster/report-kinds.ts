import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ReportApi } from '../../src/report/policy-report.ts';
import { mustRun } from './harness/command.ts';

/** Where the CRDs of the report APIs are published: a Go module each, read from Go's module cache and never copied. */
const sources: Readonly<Record<ReportApi, { readonly module: string; readonly files: readonly string[] }>> = {
  openreports: {
    module: 'github.com/openreports/reports-api@v0.2.1',
    files: ['config/crd/openreports.io_reports.yaml', 'config/crd/openreports.io_clusterreports.yaml'],
  },
  wgpolicy: {
    module: 'github.com/kyverno/kyverno@v1.19.1',
    files: [
      'config/crds/policyreport/wgpolicyk8s.io_policyreports.yaml',
      'config/crds/policyreport/wgpolicyk8s.io_clusterpolicyreports.yaml',
    ],
  },
};

/** The CustomResourceDefinitions of a report API, as its authors publish them. @throws where the module cannot be had */
export async function reportKinds(api: ReportApi): Promise<object[]> {
  const { module, files } = sources[api];
  const told = await mustRun('go', ['mod', 'download', '-json', module], { timeoutMs: 300_000 });
  const { Dir: folder } = JSON.parse(told) as { readonly Dir: string };
  return files.map((file) => parse(readFileSync(join(folder, file), 'utf8')) as object);
}
