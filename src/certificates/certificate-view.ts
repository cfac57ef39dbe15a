/*
 * What one replica sees of the Secret and of the webhook configurations. Every replica reads both through watches of its
 * own, of these few objects only, so that its rights can name them.
 */
import type { ApiClient, JsonObject } from '../cluster/api.ts';
import type { Configuration, ConfigurationRef, ServiceRef } from './ca-bundle.ts';
import { configurationsPath, configurationTitle, readConfiguration, trustedByAll } from './ca-bundle.ts';
import type { ServingNames } from './certificate-facts.ts';
import type { BundleView } from './rotation.ts';
import type { SecretContents, SecretReading } from './secret-contents.ts';
import { readSecret } from './secret-contents.ts';
import { secretsPath } from './secret-store.ts';
import type { WatchedObject, WatchedObjectOptions } from './watched-object.ts';
import { watchObject } from './watched-object.ts';

export interface CertificateViewOptions extends Pick<WatchedObjectOptions, 'onTrouble'> {
  readonly client: ApiClient;
  readonly secret: { readonly namespace: string; readonly name: string };
  readonly service: ServiceRef;
  readonly configurations: readonly ConfigurationRef[];
  readonly names: ServingNames;
  /** Milliseconds of a clock that is never set. */
  readonly monotonicMs: () => number;
  /** Called after each change. */
  readonly onChange: () => void;
}

/** The Secret as it is. */
export interface SecretView {
  readonly object: JsonObject;
  readonly resourceVersion: string;
  readonly reading: SecretReading;
}

export interface CertificateView {
  /** Whether everything was seen once. */
  readonly synced: () => boolean;
  /** Undefined where it does not exist. */
  readonly secret: () => SecretView | undefined;
  /** What the Secret held when it could last be read. */
  readonly remembered: () => SecretContents | undefined;
  readonly configurations: () => readonly Configuration[];
  /** The configurations that have a say, with since when they trust what they do. @param nowMs - what `sinceMs` goes by */
  readonly bundles: (nowMs: number) => readonly BundleView[];
  readonly stop: () => Promise<void>;
}

export function openCertificateView(options: CertificateViewOptions): CertificateView {
  const { client, secret: place, service, names, monotonicMs, onChange, onTrouble } = options;
  let secret: SecretView | undefined;
  let remembered: SecretContents | undefined;
  const seen = new Map<string, { readonly configuration: Configuration; readonly sinceMs: number }>();

  const seeSecret = (object: JsonObject | undefined): void => {
    secret = object === undefined ? undefined : viewOf(object, names);
    if (secret?.reading.kind === 'read') remembered = secret.reading.contents;
    onChange();
  };
  const seeConfiguration = (ref: ConfigurationRef, object: JsonObject | undefined): void => {
    const title = configurationTitle(ref);
    if (object === undefined) {
      seen.delete(title);
    } else {
      const configuration = readConfiguration(object, ref, service);
      const known = seen.get(title);
      const isSame = known !== undefined && markOf(known.configuration) === markOf(configuration);
      seen.set(title, { configuration, sinceMs: isSame ? known.sinceMs : monotonicMs() });
    }
    onChange();
  };

  const watches: WatchedObject[] = [
    watchObject({ client, collection: secretsPath(place), name: place.name, onObject: seeSecret, onTrouble }),
    ...options.configurations.map((ref) =>
      watchObject({
        client,
        collection: configurationsPath(ref),
        name: ref.name,
        onObject: (object) => seeConfiguration(ref, object),
        onTrouble,
      }),
    ),
  ];
  return {
    synced: () => watches.every((each) => each.synced()),
    secret: () => secret,
    remembered: () => remembered,
    configurations: () => [...seen.values()].map(({ configuration }) => configuration),
    bundles: (nowMs) =>
      [...seen.values()]
        .filter(({ configuration }) => !configuration.isBeingDeleted && configuration.webhooks.length > 0)
        .map(({ configuration, sinceMs }) => ({
          configuration: configurationTitle(configuration.ref),
          authorities: trustedByAll(configuration),
          failsClosed: configuration.failsClosed,
          // By a clock that is never set: a corrected one would shorten the time that API servers get.
          sinceMs: nowMs - (monotonicMs() - sinceMs),
        })),
    stop: async () => {
      await Promise.all(watches.map((each) => each.stop()));
    },
  };
}

function viewOf(object: JsonObject, names: ServingNames): SecretView {
  const { metadata } = object;
  const version =
    typeof metadata === 'object' && metadata !== null && 'resourceVersion' in metadata ? metadata.resourceVersion : '';
  return { object, resourceVersion: String(version), reading: readSecret(object, names) };
}

function markOf(configuration: Configuration): string {
  const { uid, webhooks } = configuration;
  const names = webhooks.map(({ name }) => name);
  return [uid, ...names, ...trustedByAll(configuration).map(({ fingerprint }) => fingerprint)].join(' ');
}
