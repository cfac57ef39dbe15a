/*
 * Which pods may run a tool, told by an expression. A command line whose first word is that of an unknown program is only
 * that program's arguments. Of the others the text is taken together, and where nothing in it can put a word together from
 * parts or have a text read once more, a tool that runs stands there in full. All else is left to the reader of commands.
 */
import { interpreterNames, launchers, readers } from '../command-line/programs.ts';
import { startFileVariables } from '../command-line/reading.ts';
import type { Cel, CelText } from './expression.ts';
import { and, costOf, element, isOneOf, matches, not, or, quoted, raw, replaced, small } from './expression.ts';
import { containersOf, podLimits } from './pod.ts';

/**
 * What is looked at. The reader of commands allows a line 65,536 characters of work beyond four times its size, and 24
 * levels; no line within these limits, and without what is asked for below, exhausts it.
 */
const limits = {
  head: 120,
  words: 20,
  text: 3_000,
  lines: 7,
  variables: 16,
  environment: 24,
  value: 256,
  names: 64,
} as const;

/** No shorter text holds a hundred names, after which the reader gives a line up. */
const roomForHundred = 200;

/** A character that no text passes with. */
const unreadable = '`';

/** Where output may go without leaving anything that could be run. */
const harmlessTargets = ['>>/dev/null', '>/dev/null', '> /dev/null', '>/dev/stderr', '>&1', '>&2'] as const;
/** What would make one of them a file with a name of its own, and what would run it. */
const harmfulTargets = '>(?:&[12]| ?/dev/(?:null|stderr))[^\\s;&|]|(?:[.]/)+[12]';
/**
 * What the text without quotes and line ends would not show: a backslash at the end of a line with a word on both sides, which
 * makes them one, but not behind `#` or for cmd; and a variable that ends at a quote in the middle of a word.
 */
const hiddenJoints = '\\S\\\\\\n\\S|\\$\\w+["\']+\\w';

/** Builtins and programs beside `readers` that have a text read once more, or make a text out of parts. */
const makers = [
  ...[
    'eval',
    'source',
    '[.]',
    'trap',
    'alias',
    'hash',
    'read',
    'mapfile',
    'readarray',
    'getopts',
    'printf',
    'function',
  ],
  ...[
    'coproc',
    'select',
    'rev',
    'tr',
    'base64',
    'xxd',
    'openssl',
    'tee',
    'dd',
    'chroot',
    'netns?',
    'vrf',
    '-exec(?:dir)?',
    '-ok(?:dir)?',
  ],
  'echo[0-9.-]*(?:[.]exe)?[ \\t]+-[a-z]*',
];
/** sed's `e`, which runs the text that comes in: a letter alone, or behind that of an option, as in `-ee`. */
const running = '[^a-df-z-]e(?:$|[^a-z])';
const remaking = `(?:^|[\\s;&|/!])(?:${[...makers, ...readers].join('|')})[0-9.-]*(?:[.]exe)?(?:$|[\\s;&|])|powershell|pwsh`;

/**
 * What may stand right before a command, in its word: `-c` of su and script, `-s` of su, `-S` of env, `-a` and `-x` of
 * start-stop-daemon, behind whatever other letters; and cmd's `/c`, `/k` and `/r`.
 */
const commandOptions = '[acsx]|/[kr]';

/** What text may be made of: neither quotes, `\`, `$`, backquotes, parentheses, braces, redirections nor letters outside ASCII. */
const readable = '[\\t\\n\\r\\x20\\x21\\x23\\x25\\x26\\x2a-\\x3b\\x3d\\x3f-\\x5b\\x5d\\x5f\\x61-\\x7a\\x7c\\x7e]';
/** A variable between characters that end a word's part, so that its value is no piece of a longer name; `$10` is `$1` and a 0. */
const variable = '[\\s=:/,]\\$(?:\\{[a-z0-9_]+\\}|[a-z_][a-z0-9_]*|[0-9@#?!])[\\s=:/,;&|]';
const beforeVariables = [' ', '\n', '=', ':', '/', ','] as const;
/** With variables in sight, what would give them more than one value, or a value made of parts; and those that are a shell. */
const assigning = '(?:^|[\\s;&|])(?:[a-z_][a-z0-9_]*\\+?=|for\\s|set\\s|shift)|\\$[{]?(?:0|shell|bash)';

export interface CommandQuestion {
  /** Names of tools and packages, in small letters, of which one must stand in the text. */
  readonly names: readonly string[];
  /** Names that count only where the other condition holds too. */
  readonly conditional: readonly string[];
  readonly condition: Cel;
  /** Every tool that the reader knows: a line that begins with one is looked at, and each counts where there may be a hundred. */
  readonly tools: readonly string[];
  /** Whether what only an inline program mentions, or what cannot be read, counts: then every such line does. */
  readonly everyLine: boolean;
}

/** Whether the pod has a command line that may run one of the tools, or one that this expression cannot read. */
export function mayRunTool(question: CommandQuestion): Cel {
  const known = [...launchers, 'sed', ...question.tools, ...interpreterNames];
  const lines = looselyReadLines([...new Set(known)]);
  const text = element('s', limits.text);
  const isRead = question.everyLine ? raw("s != ''", 4) : and(raw("s != ''", 4), isUnread(text, question));
  const body = or(raw(`size(s) > ${limits.text}`, 4), isRead);
  return raw(`[${lines.text}].exists(s, ${body.text})`, lines.cost + body.cost + 40);
}

/** The text of all lines that are not plainly a program's arguments, one below the other; '`' where there is too much. */
function looselyReadLines(known: readonly string[]): Cel {
  const { containers } = podLimits;
  const head = startsReading(known);
  const argument = startsReadingArguments(known);
  const own = '[?c.?command].map(l, l + c.?args.orValue([]))';
  const execs = [
    ...['livenessProbe', 'readinessProbe', 'startupProbe'].map((probe) => `?c.?${probe}.?exec.?command`),
    ...['postStart', 'preStop'].map((hook) => `?c.?lifecycle.?${hook}.?exec.?command`),
  ].join(', ');
  const commands = `(${own} + [${execs}]).filter(l, size(l) > 0 && ${head.text})`;
  // What runs args alone is the image's to say: no word of them is a program's name for certain.
  const args = `(has(c.command) ? [] : [?c.?args]).filter(l, size(l) > 0 && (${argument.text})).map(l, ['@'] + l)`;
  const tooLong = `size(l) > ${limits.words} || size(l[0]) > ${limits.head} || l.map(w, size(w)).sum() > ${limits.text}`;
  // The program itself, the first word, is no word that follows another.
  const words = `'@' + l[0].replace('/', '@') + l.join('\\n').substring(size(l[0]))`;
  const line = `(${commands} + ${args}).map(l, ${tooLong} ? '${unreadable}' : ${words}).join('\\n')`;
  // Variables count where one is named, or where a shell expands one that names its first script.
  const { environment, value, names } = limits;
  const tooMany = `size(e) > ${environment} || e.exists(v, v.name == 'IFS' || size(v.?value.orValue('')) > ${value})`;
  const values = `[c.?env.orValue([])].map(e, ${tooMany} ? '${unreadable}' : e.map(v, v.?value.orValue('')).join('\\n'))[0]`;
  const startFile = `e.exists(v, v.name in [${startFileVariables.map(quoted).join(', ')}])`;
  const startsFile = `[c.?env.orValue([])].exists(e, size(e) > ${names} || ${startFile})`;
  const perContainer = `[${line}].map(t, t.contains('$') || t != '' && ${startsFile} ? t + '\\n' + ${values} : t)[0]`;
  const text = `${containersOf().text}.filter(c, has(c.command) || has(c.args) || has(c.lifecycle) || has(c.livenessProbe) || has(c.readinessProbe) || has(c.startupProbe)).map(c, ${perContainer}).filter(t, t != '').join('\\n')`;
  return { text, cost: looseLinesCost(head.cost, argument.cost, containers) };
}

function looseLinesCost(head: number, argument: number, containers: number): number {
  const { lines, words, text, environment, value, names } = limits;
  const perLine = 30 + Math.max(head, argument);
  const perReadLine = words * 24 + costOf.traversal(text) * 4 + 100;
  const perEnvironment = names * 12 + 40 + environment * 36 + costOf.traversal(environment * value) * 3;
  return (
    containers * (lines * (perLine + perReadLine) + perEnvironment + 200) + costOf.traversal(containers * text) * 3
  );
}

/** Whether the line `l` begins with a program through which another may run, or with a word that cannot be told. */
function startsReading(known: readonly string[]): Cel {
  const versioned = known.filter((each) => /[^0-9.-]$/.test(each));
  const word = element('h', limits.head);
  const name = element('b', limits.head);
  const isKnown = or(
    isOneOf(name, known),
    raw(`b.startsWith('ld') || b.lowerAscii().endsWith('.exe')`, costOf.traversal(limits.head) + 8),
    // python3.11 is python; only a name that ends in a digit may have a version.
    and(
      matches(name, '[0-9.-]$'),
      raw(`b.find('(?s)^.*[^0-9.-]') in [${versioned.map(quoted).join(', ')}]`, costOf.match(limits.head, 16) + 4),
    ),
  );
  const body = or(
    raw(`size(h) > ${limits.head} || h.contains('$')`, costOf.traversal(limits.head) + 6),
    matches(word, '[^\\x00-\\x7f]'),
    raw(
      `[h.substring(h.lastIndexOf('/') + 1)].exists(b, ${isKnown.text})`,
      isKnown.cost + 2 * costOf.traversal(limits.head) + 40,
    ),
  );
  return raw(`[l[0]].exists(h, ${body.text})`, body.cost + 40);
}

/** The same of args without a command: an option is one of the image's own program unless a shell would take it. */
function startsReadingArguments(known: readonly string[]): Cel {
  const first = { ...element('l[0]', limits.head), cost: 4 };
  const tooLong = raw(`size(l[0]) > ${limits.head}`, 6);
  const isOption = and(matches(first, '^-[^$]*$'), not(matches(first, '^(?:--|-[celuxivsgo]{1,5})$')));
  const isWord = matches(first, '^(?:[A-Za-z0-9_./:@%^+,~#][A-Za-z0-9_./:@%^+,~#-]*)?$');
  const isArgument = or(isOption, and(isWord, not(startsReading(known))));
  return or(tooLong, not(isArgument));
}

/** Whether the text `s` holds a tool's name, or what this expression cannot read. */
function isUnread(text: CelText, question: CommandQuestion): Cel {
  const continued = replaced(text, '\\\n', ' ');
  const bare = replaced(replaced(small(continued), "'", ''), '"', '');
  const calm = harmlessTargets.reduce<CelText>((so, target) => replaced(so, target, ' '), bare);
  const n = element('n', limits.text);
  const plain = matches(n, `^${readable}*$`);
  const body = or(
    matches(text, hiddenJoints),
    matches({ ...bare, length: limits.text }, harmfulTargets),
    and(not(plain), isUnreadWithVariables(n)),
    matches(n, remaking),
    and(raw("n.contains('sed')", costOf.contains(limits.text, 3)), matches(n, running)),
    standsIn(n, question.names),
    and(raw(`size(n) > ${roomForHundred}`, 4), standsIn(n, question.tools)),
    and(standsIn(n, question.conditional), question.condition),
  );
  return raw(`[${calm.text}].exists(n, ${body.text})`, calm.cost + body.cost + 40);
}

function isUnreadWithVariables(text: CelText): Cel {
  const doubled = beforeVariables.reduce<CelText>(
    (so, before) => replaced(so, `${before}$`, `${before}${before}$`),
    text,
  );
  const length = limits.text + 2;
  const framed = raw(`('\\n' + ${doubled.text} + '\\n')`, doubled.cost + 3 * costOf.traversal(length));
  return or(
    raw(`size(${text.text}.split('$')) > ${limits.variables}`, 2 * costOf.traversal(text.length) + 6),
    matches(text, assigning),
    not(matches({ ...framed, length }, `^(?:${readable}|${variable})*$`)),
  );
}

/** Whether one of the names stands in the text: as a part of a word, or, if it is as short as `nc`, as a word. */
function standsIn(text: CelText, names: readonly string[]): Cel {
  const short = names.filter((name) => name.length <= 3);
  // A name with another in it is found by that.
  const long = names.filter(
    (name) => name.length > 3 && !names.some((other) => other.length > 3 && other !== name && name.includes(other)),
  );
  const word = `(?:^|[^a-z0-9]|${commandOptions})(?:${short.map(escaped).join('|')})(?:$|[^a-z0-9])`;
  return or(
    ...(short.length === 0 ? [] : [matches(text, word)]),
    ...long.map((name) => raw(`${text.text}.contains(${quoted(name)})`, costOf.contains(text.length, name.length))),
  );
}

/** A name as a part of a regular expression. */
function escaped(name: string): string {
  return name.replace(/[^a-z0-9_]/g, (character) => `[${character === '-' ? '-' : character}]`);
}
