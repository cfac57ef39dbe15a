import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/*
 * The three webhook configurations as manifests/base ships them: what is tested is what is installed.
 * Source: k8s.io/api/admissionregistration/v1.
 */

/** Where the API server finds the webhook. */
export interface WebhookAddress {
  /** Without a path. @example 'https://127.0.0.1:8443' */
  readonly url: string;
  /** PEM of the authority that signed its certificate. */
  readonly ca: string;
  /** The namespace that Seawall runs in; it must be able to start there when nothing answers. @default 'seawall' */
  readonly namespace?: string;
}

/** A webhook configuration, as far as the tests look at it. */
export interface WebhookConfiguration {
  readonly kind: 'ValidatingWebhookConfiguration' | 'MutatingWebhookConfiguration';
  readonly metadata: { readonly name: string };
  readonly webhooks: readonly ShippedWebhook[];
}

interface ShippedWebhook {
  readonly name: string;
  readonly clientConfig: { readonly service: { readonly path: string }; readonly caBundle?: string };
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly apiVersions: readonly string[];
    readonly operations: readonly string[];
    readonly resources: readonly string[];
  }[];
  readonly namespaceSelector: {
    readonly matchExpressions: readonly {
      readonly key: string;
      readonly operator: string;
      readonly values: readonly string[];
    }[];
  };
  readonly failurePolicy: string;
  readonly timeoutSeconds: number;
  readonly sideEffects: string;
  readonly matchPolicy: string;
  readonly reinvocationPolicy?: string;
}

/** Names of the webhooks: kubectl prints them before a refusal, and the audit log before each annotation. */
export const webhookNames = {
  pods: 'pods.seawall.dev',
  workloads: 'workloads.seawall.dev',
  repair: 'repair.seawall.dev',
} as const;

/** The folder of the manifests that every overlay is made from. */
export const manifestsFolder = join(import.meta.dirname, '..', '..', 'manifests', 'base');

/** The configurations as they are shipped. */
export function shippedConfigurations(): readonly WebhookConfiguration[] {
  return readdirSync(manifestsFolder)
    .filter((name) => /^\d+-webhook-.*\.yaml$/.test(name))
    .sort()
    .map((name) => parse(readFileSync(join(manifestsFolder, name), 'utf8')) as WebhookConfiguration);
}

/** The shipped configurations for a webhook that is reached by an address instead of its Service. */
export function webhookConfigurations(address: WebhookAddress): readonly object[] {
  const { namespace = 'seawall' } = address;
  const caBundle = Buffer.from(address.ca).toString('base64');
  return shippedConfigurations().map((configuration) => ({
    ...configuration,
    webhooks: configuration.webhooks.map((webhook) => ({
      ...webhook,
      clientConfig: { url: `${address.url}${webhook.clientConfig.service.path}`, caBundle },
      namespaceSelector: {
        matchExpressions: webhook.namespaceSelector.matchExpressions.map((each) => ({ ...each, values: [namespace] })),
      },
    })),
  }));
}
