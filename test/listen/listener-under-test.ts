import { mkdtempSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueAuthority, issueServing } from '../../src/certificates/issue.ts';
import type { FalcoEvent } from '../../src/investigate/falco-event.ts';
import type { Investigation } from '../../src/investigate/investigation.ts';
import { openCaseFolder } from '../../src/listen/case-folder.ts';
import type { CaseWorkerOptions } from '../../src/listen/case-worker.ts';
import type { Listener } from '../../src/listen/listener.ts';
import { startListener } from '../../src/listen/listener.ts';
import { readSecrets } from '../../src/listen/secret.ts';
import type { ListenMetrics } from '../../src/telemetry/listen-metrics.ts';
import { listenMetrics } from '../../src/telemetry/listen-metrics.ts';
import { openLog } from '../../src/telemetry/log.ts';
import { investigationOf } from '../investigate/blank-investigation.ts';

export const secret = 'a-secret-of-the-test';

export interface Answer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface ListenerUnderTest extends Listener {
  readonly folder: string;
  readonly metrics: ListenMetrics;
  readonly lines: readonly string[];
  readonly investigated: readonly FalcoEvent[];
  post(body: string | Buffer, headers?: Record<string, string>, method?: string, path?: string): Promise<Answer>;
  end(): Promise<void>;
}

const authority = await issueAuthority('Test CA', Date.now());
const serving = await issueServing({ dnsNames: [], ipAddresses: ['127.0.0.1'] }, authority, Date.now());

/** What an investigation of an event comes to, where no cluster is asked. */
function pageOf(event: FalcoEvent): Investigation {
  const { hostname: node, rule: asked } = event;
  return investigationOf({ headline: `seen: ${event.process.name}`, alarm: 'high', asked, event, node });
}

/** A listener on a free port, over a folder on disk; its investigations ask no cluster. */
export async function startTestListener(
  given: Partial<CaseWorkerOptions> & { readonly folder?: string; readonly maxCases?: number } = {},
): Promise<ListenerUnderTest> {
  const folder = given.folder ?? join(mkdtempSync(join(tmpdir(), 'listen-')), 'cases');
  const lines: string[] = [];
  const investigated: FalcoEvent[] = [];
  const metrics = listenMetrics();
  const ending = new AbortController();
  const listener = await startListener({
    investigate: (event) => {
      investigated.push(event);
      return Promise.resolve(pageOf(event));
    },
    page: ({ headline }) => headline,
    emit: () => Promise.resolve(),
    now: Date.now,
    // Until the end: what is to be tried again is tried by the next run.
    wait: () => new Promise((resolve) => ending.signal.addEventListener('abort', () => resolve())),
    ...given,
    metrics,
    log: openLog({
      level: 'info',
      destination: { write: (line) => void lines.push(line), flush: () => Promise.resolve() },
      now: Date.now,
    }),
    cases: await openCaseFolder(folder, { maxCases: given.maxCases ?? 100_000, onDrop: metrics.dropped }),
    isAuthentic: () => readSecrets(secret),
    keyPair: serving,
    host: '127.0.0.1',
    port: 0,
    monotonicMs: () => performance.now(),
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 50, ca: authority.cert });
  return {
    ...listener,
    folder,
    metrics,
    lines,
    investigated,
    post: (body, headers = { authorization: `Bearer ${secret}` }, method = 'POST', path = '/') =>
      new Promise((resolve, reject) => {
        const posted = request({ port: listener.port, host: '127.0.0.1', method, path, agent, headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => void chunks.push(chunk));
          response.on('end', () =>
            resolve({
              code: response.statusCode ?? 0,
              headers: response.headers,
              text: Buffer.concat(chunks).toString(),
            }),
          );
        });
        posted.on('error', reject);
        posted.end(body);
      }),
    end: async () => {
      agent.destroy();
      const ended = listener.stop();
      ending.abort();
      await ended;
    },
  };
}
