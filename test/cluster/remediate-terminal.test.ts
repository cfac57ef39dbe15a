// Needs the control plane level. A person at a terminal, by util-linux' script(1), is asked; nobody else is.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contextName } from '../../src/remediate/session.ts';
import { shellWord } from '../../src/report/shell-word.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import type { Remediator } from './remediation.ts';
import { makeNamespace, offender, remediator, specOf } from './remediation.ts';

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');

interface Told {
  readonly code: number | null;
  readonly text: string;
}

describeLevel('control plane', 'seawall remediate apply at a terminal', () => {
  let cluster: ControlPlane;
  let person: Remediator;
  let plan: string;
  let before: string;

  beforeAll(async () => {
    cluster = await startControlPlane({ controllerManager: true });
    await makeNamespace(cluster, 'shop');
    person = remediator(cluster.kubeconfig);
    await cluster.apply(offender('Deployment', 'asked'));
    before = await specOf(cluster, 'deployment', 'asked');
    ({ file: plan } = await person.plan('asked', 'deployment/asked', '-n', 'shop'));
  }, startTimeoutMs);
  afterAll(async () => {
    person.close();
    await cluster.stop();
  });

  const words = (): string[] => [main, 'remediate', 'apply', plan];
  const env = (): NodeJS.ProcessEnv => ({ ...process.env, KUBECONFIG: cluster.kubeconfig });

  /** Types each answer when its question stands there. */
  async function converse(child: ChildProcess, question: string, answer: string): Promise<Told> {
    let text = '';
    let isAnswered = false;
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (isAnswered || !text.includes(question)) return;
      isAnswered = true;
      child.stdin?.write(answer);
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, text };
  }

  function atTerminal(answer: string): Promise<Told> {
    const command = [process.execPath, ...words()].map(shellWord).join(' ');
    const child = spawn('script', ['-q', '-e', '-f', '-c', command, '/dev/null'], {
      env: env(),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return converse(child, 'to apply this: ', answer);
  }

  test('without a terminal, and without --yes, nothing is asked and nothing done', async () => {
    const child = spawn(process.execPath, words(), { env: env(), stdio: ['pipe', 'pipe', 'pipe'] });
    let problem = '';
    child.stderr.on('data', (chunk: Buffer) => {
      problem += chunk.toString();
    });
    // An answer that lies ready is no person.
    child.stdin.on('error', () => undefined);
    child.stdin.end('admin@test\n');
    const [code] = (await once(child, 'close')) as [number | null];
    expect([code, problem]).toEqual([2, expect.stringContaining('there is no terminal to ask at: say --yes')]);
    expect(await specOf(cluster, 'deployment', 'asked')).toBe(before);
  });

  test.each([
    ['yes', 'yes\r'],
    ['nothing', '\r'],
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('whoever types %s confirms nothing', async (_, answer) => {
    const { code, text } = await atTerminal(answer);
    expect([code, text]).toEqual([3, expect.stringContaining('not confirmed: nothing was changed')]);
    expect(await specOf(cluster, 'deployment', 'asked')).toBe(before);
  });

  test('whoever types the name of the context has seen server, user and each change, and it is done', async () => {
    const { cluster: seen } = JSON.parse(readFileSync(plan, 'utf8')) as {
      readonly cluster: { readonly context: string; readonly server: string; readonly user: string };
    };
    const { code, text } = await atTerminal(`${contextName(seen)}\r`);
    expect([code, text]).toEqual([0, expect.stringContaining('applied: 1 target')]);
    const question = text.slice(0, text.indexOf('to apply this: '));
    for (const each of [seen.context, seen.server, seen.user, 'Deployment shop/asked'])
      expect(question).toContain(each);
    expect(await specOf(cluster, 'deployment', 'asked')).not.toBe(before);
  });
});
