import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitUntil } from '../cluster/harness/wait-until.ts';
import { runCommand } from '../support/command-io.ts';

const root = join(import.meta.dirname, '..', '..');
const main = join(root, 'src', 'cli', 'main.ts');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'seawall-'));
  mkdirSync(join(folder, 'manifests'));
  symlinkSync(join(root, 'manifests', 'samples'), join(folder, 'manifests', 'samples'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Served {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when a text has come on either stream. */
  readonly until: (text: string) => Promise<void>;
  readonly exit: Promise<number | null>;
}

/** Runs the command as users do, in a process of its own. */
function serve(...args: string[]): Served {
  const child = spawn(
    process.execPath,
    ['--no-warnings', main, 'serve', '--port', '0', '--health-port', '0', ...args],
    {
      cwd: folder,
    },
  );
  let out = '';
  let err = '';
  const look = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    for (const each of look) each();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
    for (const each of look) each();
  });
  return {
    child,
    stdout: () => out,
    stderr: () => err,
    until: (text) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (out.includes(text) || err.includes(text)) resolve();
        };
        look.add(check);
        check();
      }),
    exit: new Promise((resolve) => child.once('exit', resolve)),
  };
}

test('serve --development prints a ready line and a line to copy that gets a denial', async () => {
  const served = serve('--development');
  await served.until('/validate\n');
  const lines = served.stderr().trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(
    /^seawall: ready on https:\/\/127\.0\.0\.1:\d+, policy default; probes and metrics on http:\/\/127\.0\.0\.1:\d+$/,
  );
  expect(served.stdout()).toBe('');
  const { stdout } = await promisify(execFile)('sh', ['-c', `${lines[1] ?? ''} --silent --show-error`], {
    cwd: folder,
  });
  const { response } = JSON.parse(stdout) as { response: { allowed: boolean; status: { code: number } } };
  expect([response.allowed, response.status.code]).toEqual([false, 403]);
  await served.until('"msg":"denied"');

  served.child.kill('SIGTERM');
  expect(await served.exit).toBe(0);
  const log = served.stdout().trimEnd().split('\n');
  expect(log.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['denied', 'stopping', 'stopped']);
});

test('without the samples the line to copy brings its review along', async () => {
  const bare = mkdtempSync(join(folder, 'bare-'));
  cpSync(join(folder, 'certs'), join(bare, 'certs'), { recursive: true });
  const child = spawn(
    process.execPath,
    ['--no-warnings', main, 'serve', '--development', '--port', '0', '--health-port', '0'],
    {
      cwd: bare,
    },
  );
  const line = await new Promise<string>((resolve) => {
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
      if (err.endsWith('/validate\n')) resolve(err.split('\n')[1] ?? '');
    });
  });
  const { stdout } = await promisify(execFile)('sh', ['-c', `${line} --silent`], { cwd: bare });
  expect(stdout).toContain('"allowed":false');
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
});

test('with mounted files it logs that it is ready; a second signal ends the wait of the first', async () => {
  const files = ['--cert-file', join('certs', 'tls.crt'), '--key-file', join('certs', 'tls.key')];
  const policy = join(folder, 'policy.yaml');
  const text = 'apiVersion: seawall.dev/v1alpha1\nkind: Policy\nmetadata: { name: mounted }\nspec: {}\n';
  writeFileSync(policy, text);
  const served = serve(...files, '--host', '127.0.0.1', '--policy', policy, '--drain-delay', '1000');
  await served.until('"policy":"mounted","msg":"ready"');
  expect(served.stderr()).toBe('');
  writeFileSync(policy, text.replace('mounted', 'reloaded'));
  await served.until('"policy":"reloaded","profile":"default","msg":"policy reloaded"');
  served.child.kill('SIGTERM');
  await served.until('"msg":"stopping"');
  served.child.kill('SIGTERM');
  expect(await served.exit).toBe(0);
});

test("the image's own arguments serve the certificate that is mounted, and are no wrong usage", async () => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const args = JSON.parse(/^CMD (.*)$/m.exec(dockerfile)?.[1] ?? '[]') as string[];
  const result = await runCommand([...args, '--port', '0', '--health-port', '0']);
  expect([result.code, result.stderr]).toEqual([1, expect.stringContaining("'/etc/seawall/tls/tls.crt'")]);
});

test('--self-managed answers probes while the API server is away, says why it waits, and may be stopped', async () => {
  const kubeconfig = join(folder, 'kubeconfig');
  const cluster = { server: 'https://127.0.0.1:1', 'insecure-skip-tls-verify': true };
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'away', cluster }],
      users: [{ name: 'me', user: { token: 'secret' } }],
      contexts: [{ name: 'away', context: { cluster: 'away', user: 'me', namespace: 'seawall' } }],
      'current-context': 'away',
    }),
  );
  const served = serve('--self-managed', '--kubeconfig', kubeconfig, '--host', '127.0.0.1');
  await served.until('"msg":"probes are answered"');
  const { health_port: port } = JSON.parse(served.stdout().split('\n')[0] ?? '') as { health_port: number };
  const probe = async (path: string): Promise<[number, unknown]> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return [response.status, await response.json()];
  };
  expect(await probe('/livez')).toEqual([200, { status: 'ok' }]);
  await served.until('"msg":"not ready, and waiting"');
  const [code, { reasons }] = await waitUntil('the reason', async () => {
    const [status, body] = await probe('/readyz');
    return JSON.stringify(body).includes('ECONNREFUSED')
      ? ([status, body as { reasons: string[] }] as const)
      : undefined;
  });
  expect([code, reasons]).toEqual([
    503,
    [expect.stringMatching(/^there is no certificate to serve yet in Secret seawall\/seawall-certificates: /)],
  ]);
  served.child.kill('SIGTERM');
  expect(await served.exit).toBe(0);
  expect(served.stdout()).toContain('"msg":"stopped"');
});

test('--exec-targets says what is missing where there is no cluster', async () => {
  const files = ['--cert-file', join(folder, 'certs', 'tls.crt'), '--key-file', join(folder, 'certs', 'tls.key')];
  const result = await runCommand(['serve', '--port', '0', '--health-port', '0', '--exec-targets', ...files]);
  expect([result.code, result.stderr]).toEqual([1, expect.stringMatching(/^seawall: no cluster: /)]);
});

test.each([['--audit-only'], ['--audit', '--development']])(
  '%s says what is missing where there is no cluster',
  async (...flags) => {
    const result = await runCommand([
      'serve',
      '--port',
      '0',
      '--health-port',
      '0',
      ...flags.filter((each) => typeof each === 'string'),
    ]);
    expect([result.code, result.stderr]).toEqual([1, expect.stringMatching(/^seawall: no cluster: /)]);
  },
);

test.each<[string, number, string[]]>([
  [
    '--audit-only serves no webhook: it goes with no certificate and not with --exec-targets or --write-conditions',
    2,
    ['--audit-only', '--development'],
  ],
  [
    '--write-conditions checks the conditions too: leave --check-conditions out',
    2,
    ['--development', '--write-conditions', '--check-conditions'],
  ],
  ['give a duration above 0, such as 30m.', 2, ['--audit-only', '--audit-resync', '0']],
  [
    'name a serving certificate (--cert-file, --key-file), manage one in the cluster (--self-managed), or serve a development one (--development)',
    2,
    [],
  ],
  ['--cert-file and --key-file go together', 2, ['--cert-file', 'a.crt']],
  ['ENOENT', 1, ['--cert-file', '/nowhere/a', '--key-file', '/nowhere/b']],
])('says what is wrong: %s', async (message, code, args) => {
  const result = await runCommand(['serve', '--port', '0', '--health-port', '0', ...args]);
  expect(result.code).toBe(code);
  expect(result.stdout).toBe('');
  expect(result.stderr).toContain(message);
});
