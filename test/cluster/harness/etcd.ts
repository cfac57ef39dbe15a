import { programPath } from './binaries.ts';
import { freePort } from './free-port.ts';
import type { OwnProcess, StartOptions } from './own-process.ts';
import { startProcess } from './own-process.ts';
import type { RunFolder } from './run-folder.ts';

export interface Etcd {
  readonly process: OwnProcess;
  readonly url: string;
  readonly port: number;
}

/**
 * Starts an etcd with one member on a loopback port, without waiting for it: the API server does. It does not wait
 * for the disk either, because its data is worth nothing after the test.
 * @param at - the port of one that has ended, whose data it goes on with
 */
export async function startEtcd(run: RunFolder, options: StartOptions, at?: number): Promise<Etcd> {
  const etcd = await programPath('etcd');
  const port = at ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const process = startProcess(
    run,
    'etcd',
    etcd,
    [
      '--unsafe-no-fsync',
      `--data-dir=${run.file('etcd')}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      // Nobody joins; any port will do.
      '--listen-peer-urls=http://127.0.0.1:0',
      '--log-level=warn',
    ],
    options,
  );
  return { process, url, port };
}
