/*
 * Asks real shells: every tool that really starts was found by the reader, and where the names of tools are only words,
 * it is silent. SEAWALL_SEED replays a run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readCommandLine } from '../../src/policy/command-line.ts';
import { commandContext, defaultTools } from '../support/shell-reader.ts';
import { innocentLine, runningLine } from '../support/shell-lines.ts';
import { findShells, type PresentShell, runLines, type ShellLine } from '../support/shell-stubs.ts';

const seed = Number(process.env['SEAWALL_SEED'] ?? Math.trunc(Math.random() * 2 ** 31));
/** 2,000 lines: those that run go through every shell, the innocent ones are shared out. */
const runningLines = 700;
const innocentLines = 1300;
/** Under a minute on an idle machine with two cores; this is for one that is not idle. */
const timeoutMs = 600_000;

/** Tools that the reader says are run. */
function foundIn(line: ShellLine): Set<string> {
  const hits = readCommandLine(['sh', '-c', line.script, ...line.words], commandContext, defaultTools);
  return new Set(hits.filter((hit) => hit.how === 'runs').map((hit) => hit.tool));
}

const { present, absent } = findShells();
let root = '';

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'seawall-oracle-'));
  process.stderr.write(
    `shell oracle: seed ${seed} (SEAWALL_SEED=${seed} replays it), shells: ${present.map(({ name }) => name).join(', ')}` +
      `${absent.length === 0 ? '' : `; absent: ${absent.join(', ')}`}\n`,
  );
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

async function startedIn(
  shells: readonly PresentShell[],
  lines: readonly ShellLine[],
  name: string,
): Promise<Map<string, string[][]>> {
  const all = await Promise.all(
    shells.map(async (shell, index): Promise<[string, string[][]]> => [
      shell.name,
      await runLines(shell, lines, join(root, `${name}-${index}`)),
    ]),
  );
  return new Map(all);
}

describe('shell oracle', () => {
  test('the shells that CI must have are present', () => {
    if (process.env['CI'] !== 'true') return;
    expect(absent.filter((name) => name !== 'busybox ash')).toEqual([]);
  });

  test(
    'every tool that a shell starts is found',
    async () => {
      const lines = fc.sample(runningLine, { seed, numRuns: runningLines });
      const missed: string[] = [];
      let started = 0;
      for (const [shell, tools] of await startedIn(present, lines, 'running')) {
        lines.forEach((line, index) => {
          const found = foundIn(line);
          started += tools[index]?.length ?? 0;
          const missing = (tools[index] ?? []).filter((tool) => !found.has(tool));
          if (missing.length > 0) missed.push(`${shell} starts ${missing.join(', ')}: ${JSON.stringify(line.script)}`);
        });
      }
      expect(missed).toEqual([]);
      // The stubs do start: a broken stage would find everything.
      expect(started).toBeGreaterThan(runningLines * present.length * 0.5);
    },
    timeoutMs,
  );

  test(
    'where no tool is a command, none is found and none starts',
    async () => {
      const lines = fc.sample(innocentLine, { seed, numRuns: innocentLines });
      const wrong: string[] = [];
      // The shells share the lines: that none starts is the generator's promise, which any of them can break.
      await Promise.all(
        present.map(async (shell, turn) => {
          const share = lines.filter((_line, index) => index % present.length === turn);
          const started = await runLines(shell, share, join(root, `innocent-${turn}`));
          share.forEach((line, index) => {
            const tools = started[index] ?? [];
            if (tools.length > 0)
              wrong.push(`${shell.name} starts ${tools.join(', ')}: ${JSON.stringify(line.script)}`);
          });
        }),
      );
      for (const line of lines) {
        const found = [...foundIn(line)];
        if (found.length > 0) wrong.push(`the reader finds ${found.join(', ')}: ${JSON.stringify(line.script)}`);
      }
      expect(wrong).toEqual([]);
    },
    timeoutMs,
  );
});
