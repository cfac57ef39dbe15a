/**
 * The script of the page: plain JavaScript that every current browser runs. It makes elements and text nodes and never reads
 * a text as markup. The page's policy names it by hash.
 */
export const pageScript = String.raw`
(() => {
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const actions = ['deny', 'warn', 'audit'];
const severities = ['critical', 'high', 'medium', 'low'];
const numbers = new Set(['line', 'column', 'pods', 'excerptLine']);
const groupsAtOnce = 100;
const cardsAtOnce = 50;
const printedAtMost = 2000;

const rows = data.rows.map((cells) => {
  const row = new Map();
  data.fields.forEach((field, index) => {
    const cell = cells[index];
    if (field === 'action') row.set(field, actions[cell]);
    else if (field === 'severity') row.set(field, severities[cell]);
    else row.set(field, numbers.has(field) ? cell : cell < 0 ? '' : data.texts[cell]);
  });
  const namespace = row.get('namespace');
  row.set('owner', (row.get('kind') || '(no kind)') + ' ' + (namespace && namespace + '/') + (row.get('name') || '(no name)'));
  const searched = ['rule', 'severity', 'action', 'owner', 'container', 'message', 'path', 'image', 'file', 'delta', 'podNames'];
  row.set('search', searched.map((field) => row.get(field)).join('\n').toLowerCase());
  return row;
});

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== undefined && child !== ''));
  return made;
}

const counted = (number, word) => number.toLocaleString('en') + ' ' + word + (number === 1 ? '' : 's');

/* The tools */

const tools = document.getElementById('tools');
const list = document.getElementById('list');
const status = document.getElementById('status');
const said = element('p', { class: 'spoken', role: 'status' });
const filter = element('input', { type: 'search', id: 'filter', autocomplete: 'off', spellcheck: 'false', placeholder: 'name, image, rule, message' });

function choice(id, options) {
  const select = element('select', { id }, ...options.map(([value, label]) => element('option', { value }, label)));
  select.addEventListener('change', show);
  return select;
}

const groupBy = choice('group', [['owner', 'owner'], ['namespace', 'namespace'], ['rule', 'rule']]);
const severity = choice('severity', [['', 'all'], ...severities.map((each) => [each, each])]);
const action = choice('action', [['', 'all'], ...actions.map((each) => [each, each])]);
const label = (text, field, name) => element('label', name ? { class: name } : {}, text, field);
const unfold = element('button', { type: 'button', 'aria-pressed': 'false' }, 'Open all');
const theme = element('button', { type: 'button', 'aria-pressed': 'false' }, 'Dark');
tools.append(
  label('Filter (press /)', filter, 'wide-field'), label('Group by', groupBy), label('Severity', severity),
  label('Action', action), unfold, theme);
tools.hidden = false;
document.body.append(said);

let waiting = 0;
filter.addEventListener('input', () => {
  clearTimeout(waiting);
  waiting = setTimeout(show, rows.length > 2000 ? 150 : 0);
});
filter.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  filter.value = '';
  show();
});
document.addEventListener('keydown', (event) => {
  const typing = /^(?:INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  filter.focus();
});

const darkByDefault = matchMedia('(prefers-color-scheme: dark)');
function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen === undefined ? darkByDefault.matches : chosen === 'dark';
}
function tellTheme() { theme.setAttribute('aria-pressed', String(isDark())); }
theme.addEventListener('click', () => {
  document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
  tellTheme();
});
darkByDefault.addEventListener('change', tellTheme);
tellTheme();

unfold.addEventListener('click', () => {
  const open = unfold.getAttribute('aria-pressed') !== 'true';
  unfold.setAttribute('aria-pressed', String(open));
  for (const group of list.querySelectorAll('.group')) group.open = open;
});

/* The list */

function chosen() {
  const words = filter.value.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return rows.filter((row) =>
    (severity.value === '' || row.get('severity') === severity.value) &&
    (action.value === '' || row.get('action') === action.value) &&
    words.every((word) => row.get('search').includes(word)));
}

/* Rows are worst first, and so are the groups and each of them. */
function groupsOf(found) {
  const groups = new Map();
  for (const row of found) {
    const key = row.get(groupBy.value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups];
}

function show() {
  const found = chosen();
  const groups = groupsOf(found);
  unfold.setAttribute('aria-pressed', 'false');
  list.replaceChildren();
  extend(list, groups, groupsAtOnce, groupPart, 'groups');
  if (groups.length === 1) list.querySelector('.group').open = true;
  const words = { owner: 'owner', namespace: 'namespace', rule: 'rule' };
  status.textContent = found.length === 0
    ? 'No finding matches.'
    : counted(found.length, 'finding') + (found.length < rows.length ? ' of ' + rows.length.toLocaleString('en') : '') +
      ' in ' + counted(groups.length, words[groupBy.value]) + '.';
}

/* Appends the first of many, and a button for the next. */
function extend(parent, items, atOnce, make, what) {
  parent.append(...items.slice(0, atOnce).map(make));
  const rest = items.slice(atOnce);
  if (rest.length === 0) return;
  const more = element('button', { type: 'button', class: 'more' }, 'Show more ' + what + ' (' + rest.length.toLocaleString('en') + ' left)');
  more.addEventListener('click', () => {
    more.remove();
    const before = parent.childElementCount;
    extend(parent, rest, atOnce, make, what);
    const first = parent.children[before];
    (first.querySelector('summary') || first).focus();
  });
  parent.append(more);
}

function groupPart([key, found]) {
  const worst = found[0].get('severity');
  const group = element('details', { class: 'group' }, element('summary', {},
    element('span', { class: 'badge ' + worst }, worst), element('span', { class: 'title' }, key || '(none)'),
    element('span', { class: 'count' }, tally(found))));
  let filled = false;
  group.addEventListener('toggle', () => {
    if (!group.open || filled) return;
    filled = true;
    extend(group, found, cardsAtOnce, card, 'findings');
  });
  group.fill = () => {
    if (filled) return;
    filled = true;
    extend(group, found, cardsAtOnce, card, 'findings');
  };
  return group;
}

function tally(found) {
  return actions
    .map((each) => [found.filter((row) => row.get('action') === each).length, each])
    .filter(([count]) => count > 0)
    .map(([count, each]) => count + ' ' + each)
    .join(', ');
}

/* Text with code between backticks. */
function prose(text) {
  return text.split(String.fromCharCode(96)).map((part, index) => (index % 2 === 0 ? part : element('code', {}, part)));
}

function card(row) {
  const heading = element('h3', {}, row.get('rule'), element('span', { class: 'badge ' + row.get('severity') }, row.get('severity')),
    element('span', { class: 'action' }, row.get('action')),
    row.get('delta') === 'new' ? element('span', { class: 'badge new' }, 'new') : undefined);
  const made = element('article', { class: 'card ' + row.get('severity'), tabindex: '-1' }, heading);
  if (groupBy.value !== 'owner') made.append(element('p', {}, element('b', {}, row.get('owner'))));
  made.append(element('p', { class: 'message' }, row.get('message')));
  const place = [
    row.get('path'),
    row.get('container') && 'container ' + row.get('container'),
    row.get('image') && 'image ' + row.get('image'),
    row.get('object') && 'seen in ' + row.get('object'),
    row.get('file') && row.get('file') + ':' + row.get('line') + ':' + row.get('column'),
    row.get('pods') < 0 ? '' : counted(row.get('pods'), 'pod') + (row.get('podNames') && ' (' + row.get('podNames') + (row.get('podNames').split(', ').length < row.get('pods') ? ', …' : '') + ')'),
    row.get('firstSeen') && 'first seen ' + row.get('firstSeen'),
  ];
  made.append(element('p', { class: 'place' }, place.filter((part) => part !== '').join(' · ')));
  if (row.get('excerpt') !== '') made.append(excerpt(row));
  made.append(element('p', { class: 'remedy' }, element('b', {}, 'What to do: '), ...prose(row.get('remedy'))));
  if (row.get('fix') !== '') made.append(fix(row));
  if (row.get('command') !== '') made.append(command(row.get('command')));
  return made;
}

function excerpt(row) {
  const first = row.get('excerptLine');
  const lines = row.get('excerpt').split('\n').map((line, index) => {
    const isIt = first + index === row.get('line');
    return element(isIt ? 'mark' : 'span', {}, element('span', { class: 'number' }, String(first + index)), line || ' ');
  });
  return element('figure', {}, element('figcaption', {}, 'As it is written'), element('pre', { tabindex: '0', role: 'region', 'aria-label': 'Lines of the file' }, ...lines));
}

function fix(row) {
  const names = new Map([['-', 'del'], ['+', 'ins']]);
  const lines = row.get('fix').split('\n').map((line) => element(names.get(line.charAt(0)) || 'span', {}, line || ' '));
  return element('figure', {}, element('figcaption', {}, 'A change that mends it'), element('pre', { class: 'fix', tabindex: '0', role: 'region', 'aria-label': 'Proposed change' }, ...lines));
}

function command(text) {
  const code = element('code', {}, text);
  const button = element('button', { type: 'button', 'aria-label': 'Copy the command ' + text }, 'Copy');
  button.addEventListener('click', async () => {
    const done = await copy(code, text);
    button.textContent = done ? 'Copied' : 'Press Ctrl+C';
    said.textContent = done ? 'Copied' : 'The command is selected';
    setTimeout(() => { button.textContent = 'Copy'; said.textContent = ''; }, 2000);
  });
  return element('figure', {}, element('figcaption', {}, 'Command'), element('div', { class: 'command' }, code, button));
}

/* A page from a file may have no clipboard; then the text is selected. */
async function copy(code, text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(code);
    return document.execCommand('copy');
  }
}

/* Paper shows what the filter leaves, opened. */
let opened = [];
addEventListener('beforeprint', () => {
  opened = [];
  let room = printedAtMost;
  for (const group of list.querySelectorAll('.group')) {
    if (room <= 0) break;
    group.fill();
    room -= group.querySelectorAll('.card').length;
    if (!group.open) opened.push(group);
    group.open = true;
  }
  for (const part of document.querySelectorAll('.box details:not([open])')) {
    opened.push(part);
    part.open = true;
  }
});
addEventListener('afterprint', () => {
  for (const part of opened) part.open = false;
});

show();
})();
`;
