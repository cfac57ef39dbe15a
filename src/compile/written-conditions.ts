/*
 * What Seawall writes of a webhook configuration when it keeps the conditions: matchConditions of its two webhooks, by
 * name, and annotations that say what they are. Nothing else is in the body, and so nothing else is owned.
 * Source: k8s.io/api/admissionregistration/v1; webhooks and matchConditions are lists of type map with the key `name`.
 */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../cluster/api.ts';
import { asList, asObject, asString } from '../policy/json.ts';
import type { Policy } from '../policy/policy.ts';
import { plainLine } from '../telemetry/plain-line.ts';
import type { MatchCondition } from './match-conditions.ts';
import { deleting, mirror } from './match-conditions.ts';
import { conditionAnnotations, conditionedConfiguration, conditionedWebhooks } from './webhook-document.ts';

/** Owner of the fields in `managedFields`. */
export const fieldManager = 'seawall-conditions';

export const configurationsPath = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
export const configurationPath = `${configurationsPath}/${conditionedConfiguration}`;

/** The webhook that fails closed: its conditions decide what can be refused at all. */
export const refusingWebhook = 'pods.seawall.dev';

/** The conditions of each of the two webhooks. */
type Conditions = ReadonlyMap<string, readonly MatchCondition[]>;

/** What a policy compiles to, and its name among replicas. */
export interface CompiledPolicy {
  /** The same for the same conditions, whatever policy and version of Seawall they come from. */
  readonly fingerprint: string;
  readonly conditions: Conditions;
  readonly annotations: Readonly<Record<string, string>>;
}

const compiled = new WeakMap<Policy, CompiledPolicy>();

export function compileConditions(policy: Policy): CompiledPolicy {
  const known = compiled.get(policy);
  if (known !== undefined) return known;
  const made = conditionedWebhooks.map((webhook) => ({ name: webhook.name, ...webhook.compile(policy) }));
  const conditions = new Map(made.map((each) => [each.name, each.conditions]));
  const text = JSON.stringify([...conditions]);
  const fingerprint = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const result = { fingerprint, conditions, annotations: conditionAnnotations(policy.name, made) };
  compiled.set(policy, result);
  return result;
}

const asked = (name: string, expression: string): MatchCondition => ({
  name,
  expression: `// Of every pod, while the replicas of Seawall change their policy\n${expression}`,
});

/** Conditions that are wider than those of any policy: the webhook that refuses is asked of every pod, and tells of it too. */
const wide: CompiledPolicy = {
  fingerprint: 'wide',
  conditions: new Map([
    [refusingWebhook, [deleting, mirror, asked('may-be-refused', 'true')]],
    ['advice.seawall.dev', [deleting, mirror, asked('may-be-told', 'true'), asked('not-told-by-refusal', 'false')]],
  ]),
  annotations: {
    'seawall.dev/compiled-policy': 'none: asked of every pod while the replicas change their policy',
    'seawall.dev/compiled-cost': 'next to nothing',
    'seawall.dev/asked-of-every-pod': 'every rule',
  },
};

/** `none`: no conditions of ours. `wide`: those of no policy. `own`: those of the policy. `other`: narrower, for all one knows. */
export type WrittenState = 'none' | 'wide' | 'own' | 'other';

/** How the configuration stands to a policy. */
export interface SeenConditions {
  readonly uid: string;
  readonly resourceVersion: string;
  /** Of the webhook that refuses. */
  readonly state: WrittenState;
  /** Whether the other webhook has what goes with it, or is not there. */
  readonly isWhole: boolean;
  /** Conditions that someone else has added: they narrow the webhook, and no field of ours can take them away. */
  readonly foreign: readonly string[];
  /** Who owns conditions beside us. */
  readonly managers: readonly string[];
  /** The webhooks of ours that it has. */
  readonly present: readonly string[];
}

/** Most entries of a list that are looked at; an API server takes 64 conditions, and few have many webhooks. */
const maxEntries = 64;

/** Reads the configuration, whoever wrote it. */
export function seeConditions(configuration: JsonObject, policy: CompiledPolicy): SeenConditions {
  const metadata = asObject(configuration['metadata']);
  const webhooks = new Map(
    asList(configuration['webhooks'])
      .slice(0, maxEntries)
      .map(asObject)
      .map((each) => [asString(each['name']), each]),
  );
  const present = [...policy.conditions.keys()].filter((name) => webhooks.has(name));
  const others = present.filter((name) => name !== refusingWebhook);
  const entriesOf = (name: string): ReadonlyMap<string, string> =>
    new Map(
      asList(webhooks.get(name)?.['matchConditions'])
        .slice(0, maxEntries)
        .map(asObject)
        .map((each) => [asString(each['name']), asString(each['expression'])]),
    );
  const state = stateOf(entriesOf(refusingWebhook), refusingWebhook, policy);
  const wanted = state === 'wide' ? wide : policy;
  const foreign = present.flatMap((name) => {
    const known = new Set(policy.conditions.get(name)?.map((each) => each.name));
    return [...entriesOf(name).keys()].filter((each) => !known.has(each)).map((each) => plainLine(each, 64));
  });
  return {
    uid: asString(metadata['uid']),
    resourceVersion: asString(metadata['resourceVersion']),
    state,
    isWhole: others.every((name) => hasAll(entriesOf(name), wanted.conditions.get(name))),
    foreign,
    managers: managersOf(metadata),
    present,
  };
}

/** How the conditions of one webhook stand to a policy, those of others among them counted: they narrow it. */
export function webhookState(
  webhook: string,
  matchConditions: readonly unknown[],
  policy: CompiledPolicy,
): WrittenState {
  if (matchConditions.length === 0) return 'none';
  const entries = matchConditions.slice(0, maxEntries).map(asObject);
  const texts = new Map(entries.map((each) => [asString(each['name']), asString(each['expression'])]));
  const wanted = policy.conditions.get(webhook);
  if (wanted === undefined || matchConditions.length !== wanted.length) return 'other';
  const state = stateOf(texts, webhook, policy);
  return state === 'none' ? 'other' : state;
}

function stateOf(entries: ReadonlyMap<string, string>, webhook: string, policy: CompiledPolicy): WrittenState {
  const own = policy.conditions.get(webhook) ?? [];
  if (!own.some(({ name }) => entries.has(name))) return 'none';
  if (hasAll(entries, own)) return 'own';
  return hasAll(entries, wide.conditions.get(webhook)) ? 'wide' : 'other';
}

function hasAll(entries: ReadonlyMap<string, string>, wanted: readonly MatchCondition[] = []): boolean {
  return wanted.every(({ name, expression }) => entries.get(name) === expression);
}

function managersOf(metadata: JsonObject): string[] {
  const found = new Set<string>();
  for (const entry of asList(metadata['managedFields']).slice(0, maxEntries)) {
    const { manager, fieldsV1 } = asObject(entry);
    const ofWebhooks = Object.values(asObject(asObject(fieldsV1)['f:webhooks'])).slice(0, maxEntries);
    const owns = ofWebhooks.some((each) => Object.hasOwn(asObject(each), 'f:matchConditions'));
    if (owns && manager !== fieldManager) found.add(plainLine(asString(manager), 128));
  }
  return [...found].slice(0, 3);
}

/**
 * What server-side apply is given. With uid and resourceVersion it is a conflict where the configuration has changed since it was
 * read; the claim changes at each writing, so that each is a change that such a conflict can come of.
 * @param written - `keep`: the conditions of the policy, or none where there are none
 */
export function conditionsBody(
  { uid, resourceVersion, present, state }: SeenConditions,
  policy: CompiledPolicy,
  written: 'own' | 'wide' | 'claim',
  claim: string,
): JsonObject {
  const { conditions, annotations } = written === 'wide' ? wide : policy;
  const withConditions = written !== 'claim' || state === 'own';
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: {
      name: conditionedConfiguration,
      uid,
      resourceVersion,
      annotations: { ...(withConditions ? annotations : {}), 'seawall.dev/conditions-claim': claim },
    },
    ...(withConditions
      ? {
          webhooks: present.map((name) => ({
            name,
            matchConditions: (conditions.get(name) ?? []).map((each) => ({
              name: each.name,
              expression: each.expression,
            })),
          })),
        }
      : {}),
  };
}
