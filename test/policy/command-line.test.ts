/* The command reader, case by case: test/support/command-line-rows.ts. */
import { describe, expect, test } from '@jest/globals';
import {
  type CommandContext,
  type CommandHit,
  compileCommandTools,
  readCommandLine,
} from '../../src/policy/command-line.ts';
import { commandTables } from '../support/command-line-rows.ts';
import { commandContext, defaultTools } from '../support/shell-reader.ts';

function told({ how, tool, word, enters }: CommandHit, ownWord: number): string {
  const where = word === ownWord ? '' : ` @${word}`;
  return `${how}${tool === '' ? '' : ` ${tool}`}${enters === undefined ? '' : ` into ${enters}`}${where}`;
}

function hitsOf(argv: readonly string[], context: CommandContext, ownWord: number): string {
  return readCommandLine(argv, context, defaultTools)
    .map((hit) => told(hit, ownWord))
    .join(', ');
}

for (const { title, rows, context } of commandTables) {
  describe(title, () => {
    test.each(rows)('%s: %s', (_name, hits, argv, ownWord) => {
      expect(hitsOf(argv, { ...commandContext, ...context }, ownWord)).toBe(hits);
    });
  });
}

describe('a script that puts its options together is followed to its end', () => {
  const names = Array.from({ length: 30 }, (_, index) => `OPTION_${index}`);
  const appended = names.map((name) => `if [ -n "$${name}" ]; then ARGS="$ARGS --name-of-the-option=$${name}"; fi`);
  const added = names.map((name) => `  args+=" --name-of-the-option=\${${name}}"`);
  const counted = names.map((name) => `--${name}) ARGS="$ARGS --name-of-the-option=$2"; shift 2;;`);
  test.each([
    ['in branches', ['ARGS=--verbose', ...appended, 'exec app $ARGS'], ''],
    ['in branches, for a tool', ['ARGS=--verbose', ...appended, 'nmap $ARGS'], 'runs nmap'],
    ['behind a tool', ['ARGS=--verbose', ...appended, 'CMD="nmap $ARGS"', '$CMD'], 'runs nmap'],
    ['in one variable with it', ['ARGS=nmap', ...appended, '$ARGS'], 'runs nmap, opaque'],
    ['in a function', ['f() {', '  local args=""', ...added, '  echo "$args"', '}', 'exec app $(f)'], ''],
    ['from its own', ['while [ $# -gt 0 ]; do case $1 in', ...counted, 'esac; done', 'exec app $ARGS'], ''],
  ])('%s', (_where, lines, hits) => {
    const context = { ...commandContext, allowance: 65_536 };
    expect(hitsOf(['bash', '-c', lines.join('\n'), 'app', '--verbose'], context, 2)).toBe(hits);
  });
});

describe('hits', () => {
  test('the same tool in the same word is told once, in the order of the words', () => {
    expect(hitsOf(['sh', '-c', 'nmap; "$1"; nmap', 'x', 'nmap'], commandContext, -1)).toBe(
      'runs nmap @2, runs nmap @4',
    );
  });

  test('at most 100 are told, and that there is more', () => {
    const argv = ['sh', '-c', '"$@"; '.repeat(2), 'x', 'xargs', ...Array.from({ length: 300 }, () => 'proxychains')];
    const found = readCommandLine(argv, commandContext, defaultTools);
    expect([found.length, found.at(-1)?.how]).toEqual([101, 'exhausted']);
  });

  test('carry the class of the tool', () => {
    const [hit] = readCommandLine(['chroot', '/host'], commandContext, defaultTools);
    expect(hit).toEqual({ tool: 'chroot', class: 'namespace-entry', how: 'runs', word: 0, enters: 'host' });
  });
});

describe('an ordinary long script', () => {
  const log = 'log() { echo "$(date +%s) [$1] $2" >&2; if [ "$1" = fatal ]; then exit 1; fi; }';
  const retry = 'retry() { n=0; until [ $n -ge 5 ]; do "$@" && return 0; n=$((n+1)); sleep 5; done; return 1; }';
  const steps = Array.from(
    { length: 300 },
    (_, step) => `log info "step ${step}"\nretry app-${step} --flag "$HOME/${step}"`,
  );

  // What the evaluator gives the first containers of a pod: container-commands.ts.
  const context = { ...commandContext, allowance: 65_536 };

  test('is read to its end without a hit', () => {
    expect(hitsOf(['sh', '-c', [log, retry, ...steps].join('\n')], context, -1)).toBe('');
  });
  test('hides no tool', () => {
    expect(hitsOf(['sh', '-c', [log, retry, ...steps, 'retry nmap'].join('\n')], context, -1)).toBe('runs nmap @2');
  });
});

describe('tools of a policy', () => {
  const tools = compileCommandTools([{ name: 'mine', entries: ['curl', 'dig'] }]);
  const found = (line: string): string[] =>
    readCommandLine(['sh', '-c', line], commandContext, tools).map(
      ({ how, tool, class: name }) => `${how} ${tool} ${name}`,
    );

  test('are those that are looked for', () => expect(found('curl x; nmap')).toEqual(['runs curl mine']));
  test('keep the packages that carry them', () => expect(found('apk add bind-tools')).toEqual(['installs dig mine']));
  test('leave out the packages of others', () => expect(found('apk add netcat-openbsd nmap-ncat')).toEqual([]));
});
