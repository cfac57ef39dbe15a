import type { Markup } from '../../report/html/markup.ts';
import { html } from '../../report/html/markup.ts';
import type { LaunchPath } from '../launch-paths.ts';
import { objectText, subjectText } from '../objects.ts';
import type { SubjectReport } from '../rbac-report.ts';
import { withoutImplied } from './rbac-text.ts';

/** Subjects that a reader can still follow the lines of. */
const maxSubjects = 24;
const rowHeight = 22;
const top = 34;
const columns = { subject: 10, role: 400, path: 730 } as const;
const width = 1000;
/** Characters of a name that fit into its column. */
const maxName = 40;

interface Node {
  readonly text: string;
  readonly y: number;
}

/** Subjects, the roles that they hold, and the launch paths that those give; dashed, who becomes whom. */
export function rbacGraph(subjects: readonly SubjectReport[]): Markup {
  const told = subjects.slice(0, maxSubjects);
  if (told.length === 0) return html``;
  const left = new Column();
  const middle = new Column();
  const right = new Column();
  const lines: Markup[] = [];
  const drawn = new Set<string>();
  const draw = (id: string, line: () => Markup): void => {
    if (drawn.has(id)) return;
    drawn.add(id);
    lines.push(line());
  };
  for (const { subject } of told) left.node(subjectText(subject));
  for (const { subject, paths } of told) {
    const from = left.node(subjectText(subject));
    for (const { path, isDirect, grants, chain } of withoutImplied(paths)) {
      if (!isDirect) {
        const account = chain[0]?.to;
        const to = account === undefined ? undefined : left.known(account);
        if (to !== undefined && to !== from) draw(`${from.y}>${to.y}`, () => arc(from, to));
        continue;
      }
      for (const { role } of grants) {
        const via = middle.node(objectText(role));
        const to = right.node(`${path.id} ${path.title}`);
        draw(`${from.y}-${via.y}`, () => curve(columns.subject + 290, from, columns.role - 6, via, ''));
        draw(`${via.y}=${to.y}`, () => curve(columns.role + 250, via, columns.path - 6, to, path.severity));
      }
    }
  }
  const rows = Math.max(left.size, middle.size, right.size);
  const rest = subjects.length - told.length;
  return html`<section class="box" aria-labelledby="graph">
    <h2 id="graph">Who holds which role, and what it gives</h2>
    <p class="note">
      Dashed: who can act as
      whom.${rest > 0 ? ` The worst ${told.length} subjects are drawn; ${rest} more are not.` : ''}
    </p>
    <div class="wide" tabindex="0" role="region" aria-label="Graph of subjects, roles and launch paths">
      <svg class="graph" viewBox="0 0 ${width} ${top + rows * rowHeight}" role="img" aria-labelledby="graph">
        <text class="label" x="${columns.subject}" y="16">subject</text>
        <text class="label" x="${columns.role}" y="16">role</text>
        <text class="label" x="${columns.path}" y="16">launch path</text>
        ${lines} ${left.texts(columns.subject)} ${middle.texts(columns.role)} ${right.texts(columns.path)}
      </svg>
    </div>
  </section>`;
}

class Column {
  readonly #nodes = new Map<string, Node>();

  get size(): number {
    return this.#nodes.size;
  }

  node(text: string): Node {
    const known = this.#nodes.get(text) ?? { text, y: top + this.#nodes.size * rowHeight };
    this.#nodes.set(text, known);
    return known;
  }

  known(text: string): Node | undefined {
    return this.#nodes.get(text);
  }

  texts(x: number): Markup[] {
    return [...this.#nodes.values()].map(({ text, y }) => html`<text x="${x}" y="${y + 4}">${shortened(text)}</text>`);
  }
}

function shortened(text: string): string {
  return text.length > maxName ? `${text.slice(0, maxName - 1)}…` : text;
}

function curve(x1: number, from: Node, x2: number, to: Node, look: LaunchPath['severity'] | ''): Markup {
  const middle = (x1 + x2) / 2;
  return html`<path class="${look}" d="M${x1} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${x2} ${to.y}" />`;
}

function arc(from: Node, to: Node): Markup {
  const x = columns.subject + 290;
  return html`<path class="over" d="M${x} ${from.y}C${x + 60} ${from.y} ${x + 60} ${to.y} ${x} ${to.y}" />`;
}
