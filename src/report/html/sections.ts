import { severities } from '../../policy/finding.ts';
import { counted, describeObject, describeSource } from '../describe.ts';
import type { Report } from '../report.ts';
import { findingsOf, isPartial } from '../report.ts';
import { html, Markup } from './markup.ts';

/** Rows of a table that stand in the page; the rest are counted. */
const maxTableRows = 500;

/** How many findings of each severity there are, as a strip and in words. */
export function severityStrip(report: Report): Markup {
  const findings = findingsOf(report);
  const counts = severities.map((severity) => ({
    severity,
    count: findings.filter((finding) => finding.severity === severity).length,
  }));
  const total = Math.max(1, findings.length);
  let x = 0;
  const bars = counts.map(({ severity, count }) => {
    const width = (100 * count) / total;
    const bar = html`<rect class="${severity}" x="${x.toFixed(3)}" width="${width.toFixed(3)}" height="4" />`;
    x += width;
    return bar;
  });
  const words = counts.map(({ severity, count }) => html`<li class="${severity}"><b>${count}</b> ${severity}</li>`);
  return html`<svg class="strip" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">${bars}</svg>
    <ul class="counts" aria-label="Findings by severity">
      ${words}
    </ul>`;
}

/** What was not seen: first of all, since everything below is silent of it. */
export function partialBox(report: Report): Markup {
  if (!isPartial(report)) return html``;
  const items = [
    ...report.errors.map(
      ({ message, source }) => `${source === undefined ? '' : `${describeSource(source)}: `}${message}`,
    ),
    ...(report.partial ?? []).map(({ what, reason, unknown }) => `${what}: ${reason}; ${unknown}`),
  ];
  return html`<section class="box alarm" aria-labelledby="partial">
    <h2 id="partial">Partial: ${counted(items.length, 'part')} could not be judged</h2>
    <ul>
      ${items.slice(0, maxTableRows).map((item) => html`<li>${item}</li>`)}
    </ul>
    ${more(items.length)}
  </section>`;
}

export function deltaBox({ deltas }: Report): Markup {
  if (deltas === undefined) return html``;
  const fixed = deltas.fixed
    .slice(0, maxTableRows)
    .map((each) => html`<li>${each.rule} ${describeObject(each.object)}: ${each.message}</li>`);
  return html`<section class="box" aria-labelledby="deltas">
    <h2 id="deltas">Since ${deltas.baseline}</h2>
    <p><b>${deltas.new}</b> new, <b>${deltas.fixed.length}</b> fixed, <b>${deltas.unchanged}</b> unchanged.</p>
    ${
      fixed.length === 0
        ? html``
        : html`<details>
            <summary>What was fixed</summary>
            <ul>
              ${fixed}
            </ul>
            ${more(deltas.fixed.length)}
          </details>`
    }
  </section>`;
}

export function coverageBox({ coverage }: Report): Markup {
  if (coverage === undefined) return html``;
  const open = coverage.filter(({ state }) => state !== 'enforced');
  const title =
    open.length === 0 ? 'every way is enforced' : `${open.length} of ${counted(coverage.length, 'way')} not enforced`;
  const rows = coverage
    .toSorted((one, other) => Number(one.state === 'enforced') - Number(other.state === 'enforced'))
    .slice(0, maxTableRows)
    .map(
      ({ namespace, way, state, reason = '' }) =>
        html`<tr>
          <th scope="row">${namespace}</th>
          <td>${way}</td>
          <td class="${state}">${state}</td>
          <td>${reason}</td>
        </tr>`,
    );
  return html`<section class="box" aria-labelledby="coverage">
    <h2 id="coverage">Coverage: ${title}</h2>
    ${table('Namespaces and ways in', ['Namespace', 'Way', 'State', 'Why'], rows, coverage.length)}
  </section>`;
}

/** Text that is put into the page keeps to one line. */
const lineEnd = new Markup('\n');

export function riskBox(report: Report): Markup {
  const { recreateRisk } = report;
  if (recreateRisk === undefined) return html``;
  const title =
    recreateRisk.length === 0
      ? `Nothing that ${isPartial(report) ? 'was seen to run' : 'runs'} would be refused if it were recreated`
      : `Recreate risk: ${counted(recreateRisk.length, 'owner')} would be refused (drain, node loss, rollout)`;
  const rows = recreateRisk.slice(0, maxTableRows).map(
    ({ owner, pods, rules, remedy = '' }) =>
      html`<tr>
        <th scope="row">${describeObject(owner)}</th>
        <td>${pods}</td>
        <td>${rules.join(', ')}</td>
        <td><pre>${remedy.split('\n').map((line) => html`${line}${lineEnd}`)}</pre></td>
      </tr>`,
  );
  return html`<section class="box" aria-labelledby="risk">
    <h2 id="risk">${title}</h2>
    ${rows.length === 0 ? html`` : table('Owners', ['Owner', 'Pods', 'Rules', 'What to do'], rows, recreateRisk.length)}
  </section>`;
}

export function exemptionBox({ exemptions, summary }: Report): Markup {
  if (exemptions === undefined) {
    return summary.exempted === 0
      ? html``
      : html`<p class="note">${counted(summary.exempted, 'finding')} exempted by the policy.</p>`;
  }
  const rows = exemptions.slice(0, maxTableRows).map(
    ({ name, owner, reason, state, expires = 'never', findings }) =>
      html`<tr>
        <th scope="row">${name}</th>
        <td class="${state}">${state}</td>
        <td>${expires}</td>
        <td>${findings}</td>
        <td>${owner}</td>
        <td>${reason}</td>
      </tr>`,
  );
  const attention = exemptions.filter(({ state }) => state !== 'used').length;
  const all = exemptions.length === 0 ? 'the policy has none' : 'all in use';
  const title = attention === 0 ? all : `${attention} of ${exemptions.length} want a look`;
  return html`<section class="box" aria-labelledby="exemptions">
    <h2 id="exemptions">Exemptions: ${title}</h2>
    ${
      rows.length === 0
        ? html``
        : table('Exemptions', ['Name', 'State', 'Ends', 'Findings', 'Owner', 'Reason'], rows, exemptions.length)
    }
  </section>`;
}

function table(caption: string, headers: readonly string[], rows: readonly Markup[], total: number): Markup {
  const head = headers.map((header) => html`<th scope="col">${header}</th>`);
  return html`<details>
    <summary>${caption} (${total})</summary>
    <div class="wide" tabindex="0" role="region" aria-label="${caption}">
      <table>
        <thead>
          <tr>
            ${head}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    ${more(total)}
  </details>`;
}

function more(total: number): Markup {
  return total > maxTableRows ? html`<p>and ${total - maxTableRows} more</p>` : html``;
}
