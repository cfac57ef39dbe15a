import { counted, describeObject, describeSource } from '../describe.ts';
import type { JudgedObject, Report, ReportFinding } from '../report.ts';
import type { Markup } from './markup.ts';
import { html } from './markup.ts';

/** Findings that stand in the page without a script; the script tells them all and puts its own list in place of this. */
const maxFindings = 400;

/** The worst findings by owner, for a browser without scripts. */
export function ownerList(report: Report): Markup {
  const parts: Markup[] = [];
  let room = maxFindings;
  let total = 0;
  for (const judged of report.objects) {
    total += judged.findings.length;
    if (judged.findings.length === 0 || room <= 0) continue;
    parts.push(ownerPart(judged, room));
    room -= judged.findings.length;
  }
  const rest = total - maxFindings;
  const note =
    rest > 0
      ? html`<p class="note">
          The worst ${maxFindings} of ${total} findings are here. Let this page run its script, or take another format,
          for the rest.
        </p>`
      : html``;
  return html`${parts}${note}`;
}

function ownerPart({ object, findings }: JudgedObject, room: number): Markup {
  const [worst] = findings;
  return html`<details class="group">
    <summary>
      <span class="badge ${worst?.severity ?? ''}">${worst?.severity ?? ''}</span>
      <span class="title">${describeObject(object)}</span>
      <span class="count">${counted(findings.length, 'finding')}</span>
    </summary>
    ${findings.slice(0, room).map(card)}
  </details> `;
}

function card({ rule, action, severity, message, remedy, path, container, source }: ReportFinding): Markup {
  const places = [
    path,
    ...(container === undefined ? [] : [`container ${container}`]),
    ...(source === undefined ? [] : [describeSource(source)]),
  ];
  return html`<article class="card ${severity}">
    <h3>${rule} <span class="badge ${severity}">${severity}</span> <span class="action">${action}</span></h3>
    <p>${message}</p>
    <p class="place">${places.join(', ')}</p>
    <p class="remedy">${remedy}</p>
  </article>`;
}
