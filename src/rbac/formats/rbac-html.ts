import type { RbacReport } from '../rbac-report.ts';

export function rbacHtml(report: RbacReport, options: { readonly nowMs: number }): string {
  return `${report.subjects.length} ${options.nowMs}`;
}
