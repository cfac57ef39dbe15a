import { counted } from './describe.ts';
import { headline } from './headline.ts';
import { html } from './html/markup.ts';
import { ownerList } from './html/owner-list.ts';
import { pageData, scriptJson } from './html/page-data.ts';
import { pageText, verbatim } from './html/page-frame.ts';
import { pageScript } from './html/page-script.ts';
import { pageStyle } from './html/page-style.ts';
import { coverageBox, deltaBox, exemptionBox, partialBox, riskBox, severityStrip } from './html/sections.ts';
import type { Report } from './report.ts';

/**
 * The report as one page for a browser: no network, a strict Content Security Policy of its own that names script and style
 * by hash, and readable without scripts.
 * @param options.nowMs - time of the report, in milliseconds since the epoch
 */
export function htmlReport(report: Report, options: { readonly nowMs: number }): string {
  const title = headline(report);
  const data = pageData(report);
  const left =
    data.leftOut === 0 ? '' : ` The worst ${data.rows.length} findings are here; ${data.leftOut} more are not.`;
  const body = html`
    <a class="skip" href="#findings">Skip to the findings</a>
    <header>
      <p class="eyebrow">
        Seawall report${report.cluster === undefined ? '' : ` of ${report.cluster}`}, ${timeOf(options.nowMs)}
      </p>
      <h1>${title}.</h1>
      <p class="summary">${summary(report)}${left}</p>
      ${severityStrip(report)}
    </header>
    <main>
      ${partialBox(report)} ${deltaBox(report)} ${riskBox(report)} ${coverageBox(report)} ${exemptionBox(report)}
      <section id="findings" aria-labelledby="findings-title" tabindex="-1">
        <h2 id="findings-title">Findings</h2>
        <div id="tools" hidden></div>
        <p id="status" role="status"></p>
        <div id="list">${ownerList(report)}</div>
      </section>
    </main>
    ${verbatim('script', scriptJson(data), ' type="application/json" id="data"')}
  `;
  return pageText({ title, style: pageStyle, script: pageScript, body });
}

function timeOf(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function summary({ namespace, summary: { objects, denied, warned, audited, exempted } }: Report): string {
  const where = namespace === undefined ? '' : ` in namespace ${namespace} alone`;
  const clean = objects - denied - warned - audited;
  const exemptions = exempted === 0 ? '' : ` ${counted(exempted, 'finding')} exempted.`;
  return `${counted(objects, 'object')} judged${where}: ${denied} denied, ${warned} warned, ${audited} audited, ${clean} clean.${exemptions}`;
}
