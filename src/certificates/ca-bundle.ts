/*
 * The one field of the webhook configurations that Seawall writes: webhooks[*].clientConfig.caBundle.
 * Source: k8s.io/api/admissionregistration/v1; webhooks are a list of type map with the key `name`.
 */
import type { JsonObject } from '../cluster/api.ts';
import { asList, asObject, asString } from '../policy/json.ts';
import { plainLine } from '../telemetry/plain-line.ts';
import type { AuthorityCertificate } from './certificate-facts.ts';
import { readAuthorities } from './certificate-facts.ts';

export interface ConfigurationRef {
  readonly kind: 'ValidatingWebhookConfiguration' | 'MutatingWebhookConfiguration';
  readonly name: string;
}

/** The configurations of manifests/. */
export const webhookConfigurations: readonly ConfigurationRef[] = [
  { kind: 'ValidatingWebhookConfiguration', name: 'seawall-pods' },
  { kind: 'ValidatingWebhookConfiguration', name: 'seawall-workloads' },
  { kind: 'MutatingWebhookConfiguration', name: 'seawall-repair' },
];

/** Owner of the field in `managedFields`. */
export const fieldManager = 'seawall-ca-bundle';

const apiVersion = 'admissionregistration.k8s.io/v1';

export function configurationsPath({ kind }: ConfigurationRef): string {
  return `/apis/${apiVersion}/${kind.toLowerCase()}s`;
}

export function configurationPath(ref: ConfigurationRef): string {
  return `${configurationsPath(ref)}/${encodeURIComponent(ref.name)}`;
}

/** How people and metrics call a configuration. */
export function configurationTitle({ kind, name }: ConfigurationRef): string {
  return `${kind} ${name}`;
}

/** What one webhook of a configuration trusts. */
export interface WebhookTrust {
  readonly name: string;
  readonly authorities: readonly AuthorityCertificate[];
  readonly failsClosed: boolean;
}

/** A configuration that exists, as far as Seawall looks at it. */
export interface Configuration {
  readonly ref: ConfigurationRef;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly isBeingDeleted: boolean;
  /** Whether the API server refuses what a webhook of it cannot be asked about. */
  readonly failsClosed: boolean;
  /** Those that lead to the Service; one that leads to another is none of ours. */
  readonly webhooks: readonly WebhookTrust[];
  /** Who else owns a caBundle of it, by managedFields. */
  readonly otherManagers: readonly string[];
}

export interface ServiceRef {
  readonly namespace: string;
  readonly name: string;
}

/** Most webhooks of a configuration that are looked at; ours have one each. */
const maxWebhooks = 64;

/** Reads a configuration object, whoever wrote it. */
export function readConfiguration(object: JsonObject, ref: ConfigurationRef, service: ServiceRef): Configuration {
  const metadata = asObject(object['metadata']);
  const webhooks = asList(object['webhooks'])
    .slice(0, maxWebhooks)
    .flatMap((webhook) => trustOf(asObject(webhook), service));
  return {
    ref,
    uid: asString(metadata['uid']),
    resourceVersion: asString(metadata['resourceVersion']),
    isBeingDeleted: metadata['deletionTimestamp'] !== undefined,
    failsClosed: webhooks.some(({ failsClosed }) => failsClosed),
    webhooks,
    otherManagers: otherManagersOf(metadata),
  };
}

function trustOf(webhook: JsonObject, service: ServiceRef): WebhookTrust[] {
  const clientConfig = asObject(webhook['clientConfig']);
  const target = clientConfig['service'];
  // Without a service it has a url: a Seawall that runs outside of the cluster.
  if (target !== undefined) {
    const { namespace, name } = asObject(target);
    if (namespace !== service.namespace || name !== service.name) return [];
  }
  const bundle = Buffer.from(asString(clientConfig['caBundle']), 'base64').toString();
  // The API server writes the default out, which is Fail.
  const failsClosed = webhook['failurePolicy'] !== 'Ignore';
  return [{ name: asString(webhook['name']), authorities: readAuthorities(bundle), failsClosed }];
}

/** The authorities that every webhook of a configuration trusts. */
export function trustedByAll({ webhooks }: Configuration): readonly AuthorityCertificate[] {
  const [first, ...others] = webhooks;
  return (first?.authorities ?? []).filter(({ fingerprint }) =>
    others.every(({ authorities }) => authorities.some((each) => each.fingerprint === fingerprint)),
  );
}

/** Whether every webhook trusts what is wanted, and nothing else. */
export function isInStep({ webhooks }: Configuration, wanted: readonly AuthorityCertificate[]): boolean {
  const fingerprints = new Set(wanted.map(({ fingerprint }) => fingerprint));
  return webhooks.every(
    ({ authorities }) =>
      authorities.length === fingerprints.size && authorities.every(({ fingerprint }) => fingerprints.has(fingerprint)),
  );
}

/**
 * What server-side apply is given. With the uid it never makes a configuration anew that was deleted meanwhile, and with
 * the resourceVersion never a webhook that was taken out.
 */
export function caBundleBody(configuration: Configuration, wanted: readonly AuthorityCertificate[]): JsonObject {
  const { ref, uid, resourceVersion, webhooks } = configuration;
  const caBundle = Buffer.from(wanted.map(({ cert }) => cert).join('')).toString('base64');
  return {
    apiVersion,
    kind: ref.kind,
    metadata: { name: ref.name, uid, resourceVersion },
    webhooks: webhooks.map(({ name }) => ({ name, clientConfig: { caBundle } })),
  };
}

/** Most managers that are named. */
const maxManagers = 3;

function otherManagersOf(metadata: JsonObject): string[] {
  const found = new Set<string>();
  for (const entry of asList(metadata['managedFields']).slice(0, maxWebhooks)) {
    const { manager, fieldsV1 } = asObject(entry);
    const ofWebhooks = Object.values(asObject(asObject(fieldsV1)['f:webhooks'])).slice(0, maxWebhooks);
    const ownsBundle = ofWebhooks.some((each) =>
      Object.hasOwn(asObject(asObject(each)['f:clientConfig']), 'f:caBundle'),
    );
    if (ownsBundle && manager !== fieldManager && found.size < maxManagers)
      found.add(plainLine(asString(manager), 128));
  }
  return [...found];
}
