import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Webhook } from '../admission/webhook.ts';
import type { Log } from '../telemetry/log.ts';
import type { CommandIo } from './io.ts';
import { developmentFolder } from './serve-certificates.ts';
import type { ServeOptions } from './serve-options.ts';

/** The sample that the curl line sends, from where the command runs. */
const sampleReview = 'manifests/samples/host-network-tool.json';

/** Tells that the webhook is ready: two lines for a person, one line of JSON in a cluster. */
export function announce(webhook: Webhook, options: ServeOptions, io: CommandIo, log: Log): void {
  const { port, healthPort } = webhook;
  const policy = webhook.policy().name;
  if (!options.development) {
    log.info({ port, health_port: healthPort, policy }, 'ready');
    return;
  }
  const host = options.host ?? '127.0.0.1';
  const address = host.includes(':') ? `[${host}]` : host;
  io.stderr(
    `seawall: ready on https://${address}:${port}, policy ${policy}; probes and metrics on http://${address}:${healthPort}\n`,
  );
  const authority = options.certFile === undefined ? `--cacert ${join(developmentFolder, 'ca.crt')} ` : '';
  const data = existsSync(sampleReview) ? `--data-binary @${sampleReview}` : `--data-binary '${inlineReview}'`;
  io.stderr(`curl ${authority}-H 'Content-Type: application/json' ${data} https://${address}:${port}/validate\n`);
}

/** A review for the curl line where the samples of the source tree are not at hand. */
const inlineReview = JSON.stringify({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'sample',
    operation: 'CREATE',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    namespace: 'default',
    object: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'sample' },
      spec: { hostNetwork: true, containers: [{ name: 'tool', image: 'nicolaka/netshoot' }] },
    },
  },
});
