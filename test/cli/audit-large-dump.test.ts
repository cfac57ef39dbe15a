/* A dump that is larger than the memory of the process that reads it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
const owners = 50;

const annotations = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`example.com/${at}`, 'x'.repeat(64)]));

/** A pod of one of a few owners, as kubectl writes it: some 4 KB with its status and annotations. */
function pod(index: number): string {
  const owner = `set-${index % owners}`;
  const value = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${owner}-${index}`,
      namespace: 'shop',
      uid: `uid-${index}`,
      annotations,
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: owner, uid: owner, controller: true }],
    },
    spec: { hostNetwork: index % 2 === 0, containers: [{ name: 'app', image: 'registry.example.com/ö:1' }] },
    status: {
      phase: 'Running',
      conditions: Array.from({ length: 8 }, () => ({ type: 'Ready', message: 'it is "so" {' })),
    },
  };
  return JSON.stringify(value, undefined, 4);
}

const pods = Math.ceil((300 * 1024 * 1024) / Buffer.byteLength(pod(1000)));

function* list(): Generator<string> {
  yield '{\n    "apiVersion": "v1",\n    "items": [\n';
  for (let index = 0; index < pods; index += 1) yield `${index === 0 ? '' : ',\n'}${pod(index)}`;
  yield '\n    ],\n    "kind": "List",\n    "metadata": {}\n}\n';
}

function* documents(): Generator<string> {
  // Of a few kilobytes each, as a list that kubectl printed in YAML and somebody took apart.
  for (let index = 0; index < pods; index += 1) yield `---\n${pod(index)}\n`;
}

test.each([
  ['a List', list],
  ['many documents', documents],
])(
  'a dump of 300 MB, %s, is judged in 64 MB of heap',
  async (_, dump) => {
    const flags = ['--max-old-space-size=64', main, 'audit', '--from', '-', '-o', 'json'];
    const child = spawn(process.execPath, flags, { stdio: ['pipe', 'pipe', 'pipe'] });
    const told = [text(child.stdout), text(child.stderr)];
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    let batch = '';
    let bytes = 0;
    const write = (): Promise<void> => {
      bytes += Buffer.byteLength(batch);
      const chunk = batch;
      batch = '';
      return new Promise((resolve, reject) => {
        child.stdin.write(chunk, (error) => (error ? reject(error) : resolve()));
      });
    };
    for (const part of dump()) {
      batch += part;
      if (batch.length > 1024 * 1024) await write();
    }
    await write();
    child.stdin.end();
    const [stdout = '', stderr] = await Promise.all(told);
    expect([await ended, stderr]).toEqual([0, '']);
    expect(bytes).toBeGreaterThan(300e6);
    const { summary, findings } = JSON.parse(stdout) as {
      summary: unknown;
      findings: { rule: string; pods: { total: number } }[];
    };
    expect(summary).toMatchObject({ objects: owners, denied: owners / 2, errors: 0 });
    const seen = findings.filter(({ rule }) => rule === 'host-network').map(({ pods: { total } }) => total);
    expect(seen.reduce((sum, total) => sum + total, 0)).toBe(Math.ceil(pods / 2));
  },
  600_000,
);
