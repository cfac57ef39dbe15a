import { counted } from '../../report/describe.ts';
import type { Markup } from '../../report/html/markup.ts';
import { html } from '../../report/html/markup.ts';
import { pageText } from '../../report/html/page-frame.ts';
import { pageStyle } from '../../report/html/page-style.ts';
import { isRefused } from '../effect.ts';
import { explainedText } from '../explain-step.ts';
import { launchPathIds } from '../launch-paths.ts';
import { subjectText } from '../objects.ts';
import type { PathReport, RbacReport, SubjectReport } from '../rbac-report.ts';
import { effectText, grantText, whereOf } from '../rbac-words.ts';
import { membersOf } from '../system-subjects.ts';
import { rbacGraph } from './rbac-graph.ts';
import { aboutLines, closingLines, withoutImplied } from './rbac-text.ts';

/** Rows that stand in the page; the rest are counted. */
const maxSubjects = 500;
const maxLines = 200;

/**
 * The report as one page for a browser: no script, no network, and a Content Security Policy that names the style by hash.
 * @param options.nowMs - time of the report, in milliseconds since the epoch
 * @param options.system - whether the parts of Kubernetes itself are shown
 */
export function rbacHtml(report: RbacReport, options: { readonly nowMs: number; readonly system: boolean }): string {
  const shown = report.subjects.filter(({ isSystem }) => options.system || !isSystem);
  const told = shown.slice(0, maxSubjects);
  const title = `${counted(shown.length, 'subject')} with launch paths`;
  const rest = shown.length - told.length;
  const body = html`
    <header>
      <p class="eyebrow">Launch paths${of(report)}, ${timeOf(options.nowMs)}</p>
      <h1>${title}.</h1>
      ${rest === 0 ? html`` : html`<p class="summary">The worst ${told.length} are here; ${rest} more are not.</p>`}
    </header>
    <main>
      ${linesBox('Partial: something could not be seen', 'partial', aboutLines(report), 'box alarm')} ${matrix(told)}
      ${rbacGraph(told)}
      <section id="subjects" aria-labelledby="subjects-title">
        <h2 id="subjects-title">Subjects</h2>
        ${told.map(subjectPart)}
      </section>
      ${linesBox('Also', 'also', closingLines(report, shown.length), 'box')}
    </main>
  `;
  return pageText({ title, style, body });
}

function of({ cluster, namespace, person }: RbacReport): string {
  const parts = [
    cluster === undefined ? '' : ` of ${cluster}`,
    namespace === undefined ? '' : `, namespace ${namespace}`,
    person === undefined ? '' : `, for ${person.user}`,
  ];
  return parts.join('');
}

function linesBox(title: string, id: string, lines: readonly string[], look: string): Markup {
  if (lines.length === 0) return html``;
  const more = lines.length - maxLines;
  return html`<section class="${look}" aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    <ul>
      ${lines.slice(0, maxLines).map((line) => html`<li>${line}</li>`)}
      ${more > 0 ? html`<li>and ${more} more</li>` : html``}
    </ul>
  </section>`;
}

function matrix(subjects: readonly SubjectReport[]): Markup {
  const head = launchPathIds.map((id) => html`<th scope="col">${id}</th>`);
  return html`<section class="box" aria-labelledby="matrix">
    <h2 id="matrix">Who holds what</h2>
    <p class="note">
      <b>all</b> everywhere, a number: in so many namespaces, <b>over</b> as another account, <s>struck out</s> refused
      by admission.
    </p>
    <div class="wide" tabindex="0" role="region" aria-label="Subjects and launch paths">
      <table class="matrix">
        <thead>
          <tr>
            <th scope="col">Subject</th>
            ${head}
          </tr>
        </thead>
        <tbody>
          ${subjects.map(matrixRow)}
        </tbody>
      </table>
    </div>
  </section>`;
}

function matrixRow({ subject, paths }: SubjectReport): Markup {
  const cells = launchPathIds.map((id) => {
    const own = paths.filter(({ path }) => path.id === id);
    const best = own.find(({ isDirect }) => isDirect) ?? own[0];
    return best === undefined ? html`<td></td>` : cell(best);
  });
  return html`<tr>
    <th scope="row">${subjectText(subject)}</th>
    ${cells}
  </tr>`;
}

function cell({ path, isDirect, everywhere, namespaces, effects, isNew }: PathReport): Markup {
  const words = isDirect ? (everywhere ? 'all' : String(namespaces.length)) : 'over';
  const refused = effects.every(({ effect }) => isRefused(effect));
  const look = `${refused ? 'refused' : path.severity}${isNew === true ? ' new' : ''}`;
  return html`<td class="${look}">${refused ? html`<s>${words}</s>` : words}</td>`;
}

function subjectPart({ subject, severity, paths }: SubjectReport): Markup {
  const members = membersOf(subject);
  return html`<details class="group">
    <summary>
      <span class="badge ${severity}">${severity}</span>
      <span class="title">${subjectText(subject)}</span>
      <span class="count">${counted(new Set(paths.map(({ path }) => path.id)).size, 'path')}</span>
    </summary>
    ${members === undefined ? html`` : html`<p class="members">${members}</p>`} ${withoutImplied(paths).map(card)}
  </details> `;
}

function card(report: PathReport): Markup {
  const { path, grants, chain, moreChains: more, isNew } = report;
  return html`<article class="card ${path.severity}">
    <h3>
      ${path.id} ${path.title} <span class="badge ${path.severity}">${path.severity}</span>
      ${isNew === true ? html`<span class="badge new">new</span>` : html``}
    </h3>
    <p>${whereOf(report)}: ${effectText(report)}</p>
    <p class="place">${path.why}</p>
    ${chain.map((step) => html`<p class="place">over: ${explainedText(step)}</p>`)}
    ${more > 0 ? html`<p class="place">and ${counted(more, 'other account')}</p>` : html``}
    ${grants.map((grant) => html`<p class="place">by ${grantText(grant)}</p>`)}
  </article>`;
}

const style = `${pageStyle}
.matrix th, .matrix td { min-width: 2rem; padding: .25rem .2rem; font-size: .8rem; text-align: center; }
.matrix th[scope='row'] { text-align: left; min-width: 13rem; position: sticky; left: 0; background: var(--panel); }
.matrix td { font-size: .75rem; font-weight: 600; overflow-wrap: normal; }
.matrix td.critical { color: var(--critical); } .matrix td.high { color: var(--high); }
.matrix td.medium { color: var(--medium); } .matrix td.low { color: var(--low); }
.matrix td.refused { color: var(--soft); font-weight: 400; }
.matrix td.new { outline: 2px solid var(--link); outline-offset: -2px; }
.members { padding: 0 1rem; color: var(--soft); }
.graph { display: block; min-width: 50rem; width: 100%; height: auto; }
.graph text { fill: var(--text); font-size: 12px; }
.graph .label { fill: var(--soft); }
.graph path { fill: none; stroke: var(--soft); stroke-opacity: .55; }
.graph path.critical { stroke: var(--critical); } .graph path.high { stroke: var(--high); }
.graph path.medium { stroke: var(--medium); } .graph path.over { stroke: var(--link); stroke-dasharray: 4 3; }
`;

function timeOf(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
