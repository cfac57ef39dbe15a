import type { ClassDefinition, RuleDefinition } from '../policy/rule.ts';

/**
 * The page of one rule, as Markdown; everything in it comes from the definition.
 * `seawall policy explain` prints the same page.
 */
export function rulePage(definition: RuleDefinition): string {
  const { id, title, category, action, severity, finds, why, fields, allowed, remedy, sources } = definition;
  const facts = [
    ['Id', 'Default action', 'Severity', 'Repair', 'Category'],
    [`\`${id}\``, actionFact(definition), severity, repairFact(definition), category],
  ];
  return [
    `# ${title}`,
    table(facts),
    finds,
    section('Why', why),
    section(definition.judges === 'exec' ? 'Fields of the exec options' : 'Fields', bullets(fields.map(field))),
    section('What passes', sentence(allowed)),
    section('What to do', remedy),
    repairSection(definition),
    classesSection(definition),
    definition.tokens === undefined
      ? ''
      : section(
          'Weak matches',
          `A part of the last name of an image that equals the name of a tool (\`corp/tcpdump-tools\`) is a match of its own, at \`${definition.tokens}\` unless \`tokens\` says otherwise.`,
        ),
    section('In the policy file', `${fence(settingsExample(definition))}\n\n\`action\` is deny, warn, audit or off.`),
    section('To let one workload through', fence(exemptionExample(id, action))),
    section('Sources', bullets(sources.map(link))),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

/** The list of all rules, each with a link to its page. */
export function ruleIndexPage(definitions: readonly RuleDefinition[]): string {
  const rows = definitions.map((each) => [
    `[\`${each.id}\`](${each.id}.md)`,
    each.finds,
    actionFact(each),
    each.severity,
  ]);
  return `# Rules\n\n${table([['Rule', 'Finds', 'Default action', 'Severity'], ...rows])}\n`;
}

function actionFact({ action, classes }: RuleDefinition): string {
  return classes === undefined ? action : 'by class';
}

function repairFact({ repair, fixByDefault }: RuleDefinition): string {
  if (repair === undefined) return 'none';
  return fixByDefault === true ? 'at admission' : 'on request';
}

function repairSection({ repair, fixByDefault, id }: RuleDefinition): string {
  if (repair === undefined) return '';
  const webhook =
    fixByDefault === true
      ? 'The mutating webhook repairs it by default.'
      : `The mutating webhook repairs it where the policy says \`fix: true\` for \`${id}\`.`;
  const check =
    repair === 'safe'
      ? '`seawall check --fix` repairs it unless the policy says `fix: false`.'
      : '`seawall check --fix` repairs it on the same condition: the application may need what is taken away.';
  return section('Repair', `${webhook} ${check}`);
}

function classesSection({ classes, entriesFrom }: RuleDefinition): string {
  if (classes === undefined) return '';
  const rows = classes.map((each) => [code(each.name), each.action, each.hostAccess, each.severity, each.summary]);
  const header = ['Class', 'Without host access', 'With host access', 'Severity', 'What it is'];
  const entries =
    entriesFrom === undefined
      ? bullets(classes.map((each) => `${code(each.name)}: ${each.entries.map(code).join(', ')}`))
      : `The entries of each class are those of [\`${entriesFrom}\`](${entriesFrom}.md), as the policy has them.`;
  return section('Classes', `${table([header, ...rows])}\n\n${entries}`);
}

function settingsExample(definition: RuleDefinition): string {
  const lines = ['spec:', '  rules:', `    ${definition.id}:`];
  const [first] = definition.classes ?? [];
  if (first === undefined) lines.push(`      action: ${definition.action}`);
  if (definition.repair !== undefined) lines.push(`      fix: ${String(definition.fixByDefault ?? false)}`);
  if (definition.tokens !== undefined) lines.push(`      tokens: ${definition.tokens}`);
  if (first !== undefined) lines.push('      classes:', ...classExample(first, definition.entriesFrom === undefined));
  return lines.join('\n');
}

function classExample({ name, action, hostAccess, entries }: ClassDefinition, editable: boolean): string[] {
  const lines = [`        ${name}:`, `          action: ${action}`, `          hostAccess: ${hostAccess}`];
  const [entry] = entries;
  if (editable && entry !== undefined) lines.push(`          remove: [${JSON.stringify(entry)}] # or add: [...]`);
  return lines;
}

function exemptionExample(id: string, action: string): string {
  return [
    'spec:',
    '  exemptions:',
    '    - name: node-agent',
    `      reason: why the ${action === 'deny' ? 'denial' : 'finding'} is not right here`,
    '      owner: the team that answers for it',
    `      rules: [${id}]`,
    '      namespaces: [node-agents]',
    '      images: ["registry.example.com/agents/**"]',
  ].join('\n');
}

const section = (heading: string, body: string): string => `## ${heading}\n\n${body}`;
const bullets = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');
const code = (text: string): string => `\`${text}\``;
/** A remark in brackets among the fields is no field. */
const field = (text: string): string => (text.startsWith('(') ? text : code(text));
const fence = (text: string): string => `\`\`\`yaml\n${text}\n\`\`\``;
const link = (source: string): string => (source.startsWith('https://') ? `<${source}>` : source);

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}

/** Rows of cells, the first one the header; columns are padded, so that the text reads well as it is. */
function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  const [header = [], ...body] = cells;
  return [line(header), rule, ...body.map(line)].join('\n');
}
