import type { JsonObject } from '../policy/finding.ts';
import { asObject, asString, isObject } from '../policy/json.ts';
import type { AuditEntry } from './audit-entry.ts';
import { textOf, textsOf } from './audit-entry.ts';

/** What Seawall decided about a request; the line tells the kind of the object and no uid of it. */
export interface Decision {
  readonly kind: string;
  readonly action: DecisionAction;
  readonly rules: readonly string[];
}

const actions = ['deny', 'warn', 'repair', 'audit'] as const;
export type DecisionAction = (typeof actions)[number];

const verbs: Readonly<Partial<Record<string, string>>> = {
  CREATE: 'create',
  UPDATE: 'update',
  DELETE: 'delete',
  CONNECT: 'connect',
};

/** Whose options an object is, under the name of what it is done to. */
const optionsOf: ReadonlyMap<string, string> = new Map([
  ['PodExecOptions', 'Pod'],
  ['PodAttachOptions', 'Pod'],
]);

/** Whether a value is a line of `seawall serve` about a decision; its other lines are of another kind. */
export function isDecision(value: unknown): value is JsonObject {
  return isObject(value) && actionOf(value) !== undefined && isObject(value['object']) && verbOf(value) !== undefined;
}

/** A decision as an entry of the request that it was about; undefined for what is no decision. */
export function readDecision(line: JsonObject): AuditEntry | undefined {
  const action = actionOf(line);
  const verb = verbOf(line);
  if (action === undefined || verb === undefined) return undefined;
  const object = asObject(line['object']);
  const kind = textOf(object['kind']);
  return {
    id: `${action} ${textOf(line['uid'])}`,
    time: textOf(line['time']),
    verb,
    user: textOf(line['user']),
    groups: [],
    impersonator: '',
    sourceIps: [],
    userAgent: '',
    resource: '',
    group: '',
    subresource: textOf(line['subresource']),
    namespace: textOf(object['namespace']),
    name: textOf(object['name']),
    uid: '',
    // As the API server answers a request that a webhook denies.
    code: action === 'deny' ? 403 : 0,
    annotations: {},
    command: [],
    decision: { kind: optionsOf.get(kind) ?? kind, action, rules: textsOf(line['rules'], 20) },
  };
}

function actionOf(line: JsonObject): DecisionAction | undefined {
  return actions.find((each) => each === line['action']);
}

function verbOf(line: JsonObject): string | undefined {
  const operation = asString(line['operation']);
  return Object.hasOwn(verbs, operation) ? verbs[operation] : undefined;
}

/** `warned of host-network` */
export function decisionText({ action, rules }: Decision): string {
  const words = { deny: 'refused by Seawall for', warn: 'warned of', repair: 'repaired', audit: 'spared' }[action];
  return `${words} ${rules.join(', ')}`.trim();
}
