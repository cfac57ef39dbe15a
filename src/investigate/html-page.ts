import type { Markup } from '../report/html/markup.ts';
import { html } from '../report/html/markup.ts';
import { pageText } from '../report/html/page-frame.ts';
import { pageStyle } from '../report/html/page-style.ts';
import type { Investigation } from './investigation.ts';
import type { Row } from './page-row.ts';
import { sectionsOf } from './page.ts';

/** Investigations as one page for a browser: no script, no network, a policy of its own that names the style by hash. */
export function htmlPage(found: readonly Investigation[]): string {
  const title = found.length === 1 ? (found[0]?.headline ?? '') : `${found.length} investigations`;
  return pageText({ title, style: pageStyle, body: html`${found.map(article)}` });
}

function article(found: Investigation): Markup {
  const { headline, asked, cluster, takenAt, policy } = found;
  return html`<header>
      <p class="eyebrow">Seawall investigation of ${asked}, ${cluster}, ${takenAt}, policy ${policy}</p>
      <h1>${headline}</h1>
    </header>
    <main>
      ${sectionsOf(found).map(
        ({ title, rows }) =>
          html`<section class="${title === 'What ran' && found.alarm !== 'none' ? 'box alarm' : 'box'}">
            <h2>${title}</h2>
            <ul>
              ${rows.map(item)}
            </ul>
          </section> `,
      )}
    </main> `;
}

function item({ label, text, tone, command }: Row): Markup {
  const name = label === undefined ? html`` : html`<b>${label}</b>: `;
  const body =
    tone === 'alarm'
      ? html`<strong>${text}</strong>`
      : tone === 'soft'
        ? html`<span class="note">${text}</span>`
        : html`${text}`;
  // Whole: the template cuts a text, and a command that is cut is another one.
  const line = command === undefined ? html`` : html`<pre><code>${pieces(command)}</code></pre>`;
  return html`<li>${name}${body}${line}</li> `;
}

function pieces(command: string): readonly Markup[] {
  const parts: Markup[] = [];
  for (let from = 0; from < command.length; from += 900) parts.push(html`${command.slice(from, from + 900)}`);
  return parts;
}
