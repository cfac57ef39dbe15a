import type { ClassSettings } from '../policy/rule.ts';
import type { Policy, RuleInForce } from '../policy/policy.ts';
import type { Paint } from './terminal.ts';
import { paint, plainLine } from './terminal.ts';

/** The policy in force for a person: every rule and class, and where each value comes from. */
export function policyTable(policy: Policy, options: { readonly colour: boolean; readonly nowMs: number }): string {
  const colours = paint(options.colour);
  const from = (field: string): string => policy.origins.get(field) ?? 'default';
  const head = [
    `${colours.bold('policy')} ${plainLine(policy.name)}`,
    `${colours.bold('profile')} ${policy.profile} (${from('profile')})`,
    `${colours.bold('workload templates')} ${policy.workloads} at most (${from('workloads')})`,
  ];
  const rules = columns(
    [
      ['RULE', 'ACTION', 'WITH HOST ACCESS', 'REPAIR', 'ENTRIES', 'FROM'],
      ...policy.rules.flatMap((rule) => ruleRows(rule, from)),
    ],
    colours,
  );
  const parts = [`${head.join('\n')}\n`, rules];
  const exemptions = exemptionRows(policy, options.nowMs);
  if (exemptions.length > 0)
    parts.push(columns([['EXEMPTION', 'RULES', 'COVERS', 'ENDS', 'OWNER'], ...exemptions], colours));
  const kinds = policy.kinds.map((each) => [
    `${each.kind}.${each.group}`,
    [...each.podSpecs, ...each.containers, ...each.hostFields].join(', '),
  ]);
  if (kinds.length > 0) parts.push(columns([['KIND', 'PATHS'], ...kinds], colours));
  return parts.join('\n');
}

type From = (field: string) => string;

function ruleRows({ definition, settings }: RuleInForce, from: From): string[][] {
  const field = `rules.${definition.id}`;
  const repair = settings.fix === true ? 'yes' : definition.repair === undefined ? '' : 'no';
  const fields = [`${field}.action`, ...(definition.repair === undefined ? [] : [`${field}.fix`])];
  const classes = [...settings.classes.values()].map((each) => classRow(each, `${field}.classes.${each.name}`, from));
  const action = classes.length === 0 ? settings.action : '';
  const rows = [[definition.id, action, '', repair, '', classes.length === 0 ? origins(fields, from) : ''], ...classes];
  if (definition.tokens !== undefined) {
    rows.push(['  part of a name', settings.tokens, settings.tokens, '', '', from(`${field}.tokens`)]);
  }
  return rows;
}

function classRow({ name, action, hostAccess, entries }: ClassSettings, field: string, from: From): string[] {
  const fields = ['action', 'hostAccess', 'entries'].map((each) => `${field}.${each}`);
  return [`  ${name}`, action, hostAccess, '', String(entries.length), origins(fields, from)];
}

const fieldNames: ReadonlyMap<string, string> = new Map([
  ['hostAccess', 'host access'],
  ['fix', 'repair'],
]);

/** Fields that are as they are by default go without saying, unless all are; one word says the same of several. */
function origins(fields: readonly string[], from: From): string {
  const told = fields.filter((field) => from(field) !== 'default');
  const [first] = told;
  if (first === undefined) return 'default';
  if (first.endsWith('.action') && new Set(told.map(from)).size === 1) return from(first);
  return told
    .map((field) => {
      const last = field.slice(field.lastIndexOf('.') + 1);
      return `${fieldNames.get(last) ?? last} ${from(field)}`;
    })
    .join(', ');
}

function exemptionRows(policy: Policy, nowMs: number): string[][] {
  return (policy.written.spec.exemptions ?? []).map((written, index) => {
    const covers = [...(written.namespaces ?? []), ...(written.serviceAccounts ?? []), ...(written.images ?? [])];
    const expiresMs = policy.exemptions[index]?.expiresMs;
    const ended = expiresMs !== undefined && expiresMs <= nowMs ? ' (ended)' : '';
    return [
      written.name,
      written.rules.join(', '),
      covers.join(', '),
      `${written.expires ?? 'never'}${ended}`,
      written.owner,
    ];
  });
}

/** Rows of cells in columns, the first row the header; the last column is not padded. */
function columns(rows: readonly (readonly string[])[], colours: Paint): string {
  const cells = rows.map((row) => row.map((cell) => plainLine(cell)));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const [header = '', ...body] = lines;
  return `${[colours.dim(header), ...body].join('\n')}\n`;
}
