import { findProgram } from '../../src/policy/command-line/programs.ts';
import { judge } from '../../src/policy/evaluate.ts';
import type { Finding } from '../../src/policy/finding.ts';
import { cleanHostPath, givesHostAccess } from '../../src/policy/host-paths.ts';
import { asList, asObject, asString, asStrings, valueAt } from '../../src/policy/json.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { Fields } from '../support/pods.ts';

/*
 * What the compiled ValidatingAdmissionPolicies leave to the webhook, as their annotations say it: everything else they must
 * decide.
 */

/** Whether an admission policy leaves what was found in a new pod to the webhook. */
export function isLeft(pod: Fields, finding: Finding, policy: Policy): boolean {
  const { rule, path, containerPath, class: toolClass } = finding;
  switch (rule) {
    case 'host-interface':
    case 'opaque-image':
      return true;
    case 'host-path':
      return !isPlainPath(asString(valueAt(pod, path)));
    case 'net-raw':
      return !areRead(pod, containerPath, ['add']);
    case 'host-capability':
      return !areRead(pod, containerPath, ['add']) || (dependsOnAccess(policy, finding) && !isAccessTold(pod));
    case 'net-raw-default':
      return !areRead(pod, containerPath, ['add', 'drop']);
    case 'network-tool-image':
      // Without a class it is a part of the name that tells.
      return toolClass === undefined || !isPlainImage(asString(valueAt(pod, path))) || !isAccessTold(pod);
    case 'network-tool-command':
      return !isPlainCommand(pod, finding) || !isAccessTold(pod);
    default:
      return false;
  }
}

function dependsOnAccess(policy: Policy, { rule, class: name = '' }: Finding): boolean {
  const { settings } = policy.rules.find(({ definition }) => definition.id === rule) ?? {};
  const each = settings?.classes.get(name);
  return each !== undefined && each.action !== each.hostAccess;
}

function isPlainPath(path: string): boolean {
  return path.length <= 128 && (path === '/' || /^(?:\/(?!\.\.?(?:\/|$))[ -.0-[\]-~]+)+$/.test(path));
}

function areRead(pod: Fields, container: Finding['containerPath'], lists: readonly ('add' | 'drop')[]): boolean {
  if (container === undefined) return true;
  const { capabilities } = asObject(asObject(valueAt(pod, container))['securityContext']);
  return lists.every((list) => {
    const names = asStrings(asObject(capabilities)[list]);
    return names.length <= 24 && names.every((name) => name.length <= 40 && /^[\0-\x7f]*$/.test(name));
  });
}

/** Whether all that may give the pod host access is read, and no more than one path does. */
export function isAccessTold(pod: Fields): boolean {
  const spec = asObject(pod['spec']);
  const isRead = ['containers', 'initContainers', 'ephemeralContainers'].every((list) =>
    asList(spec[list]).every((_, index) => areRead(pod, ['spec', list, index], ['add'])),
  );
  const paths = asList(spec['volumes']).flatMap((volume) => {
    const { hostPath } = asObject(volume);
    return hostPath === undefined ? [] : [asString(asObject(hostPath)['path'])];
  });
  const giving = paths.filter((path) => givesHostAccess(cleanHostPath(path)));
  return isRead && paths.every(isPlainPath) && giving.length <= 1 && giving.every((path) => path.length <= 55);
}

function isPlainImage(image: string): boolean {
  return (
    image.length <= 200 &&
    !/^(?:sha\d+:|[a-f0-9]{64}$)/.test(image) &&
    /^[a-z0-9][a-z0-9._/:-]*(?::[\w][\w.-]*)?(?:@sha256:[a-f0-9]{64})?$/.test(image) &&
    !/__|--|_-|-_/.test(image.replace(/(?::[^/]*)?(?:@.*)?$/, ''))
  );
}

/** Whether the tool is the first word of a short line without a dollar sign, and runs nothing but itself. */
function isPlainCommand(pod: Fields, { path, containerPath, message }: Finding): boolean {
  const [, tool] = /^runs (\S+) /.exec(message) ?? [];
  if (tool === undefined || containerPath === undefined || findProgram(tool) !== undefined) return false;
  const container = asObject(valueAt(pod, containerPath));
  const isMain = path.length === containerPath.length + 2;
  const line = isMain
    ? [...asStrings(container['command']), ...asStrings(container['args'])]
    : asStrings(valueAt(pod, path.slice(0, -1)));
  const [first = ''] = line;
  const isFirst =
    path.at(-1) === 0 &&
    valueAt(pod, path) === first &&
    (path.at(-2) === 'command' || container['command'] === undefined);
  const isShort =
    line.length <= 32 && first.length <= 120 && line.every((word) => word.length <= 256 && !word.includes('$'));
  return isFirst && isShort && /^[\w./][\w./+-]*$/.test(first) && first.split('/').at(-1) === tool;
}

/**
 * Whether an admission policy takes for old what an update brings: another image that the same pattern matches, and a tool that
 * was there before the update gave the pod host access or more of it. It does so too with every image where one was written
 * so that it is not read.
 */
export function isKept(before: Fields, after: Fields, finding: Finding, policy: Policy): boolean {
  if (!finding.rule.startsWith('network-tool-')) return false;
  const isImage = finding.rule === 'network-tool-image';
  if (isImage && imagesOf(before).some((image) => !isPlainImage(image))) return true;
  const withAccess = { ...before, spec: { ...asObject(before['spec']), ...accessOf(after) } };
  return judge(withAccess, policy, Date.now(), { namespace: 'default' }).findings.some(
    ({ rule, message, container }) =>
      rule === finding.rule && message === finding.message && container === finding.container,
  );
}

function imagesOf(pod: Fields): readonly string[] {
  const spec = asObject(pod['spec']);
  return [
    ...['containers', 'initContainers', 'ephemeralContainers'].flatMap((list) =>
      asList(spec[list]).map((each) => asString(asObject(each)['image'])),
    ),
    ...asList(spec['volumes']).flatMap((each) => {
      const { reference } = asObject(asObject(each)['image']);
      return typeof reference === 'string' ? [reference] : [];
    }),
  ];
}

/** A debug container of the pod, with all that gives host access and nothing else. */
function accessOf(pod: Fields): Fields {
  const debug = asList(asObject(pod['spec'])['ephemeralContainers']).map((each) => {
    const { name, securityContext } = asObject(each);
    return { name, image: 'app', securityContext };
  });
  return debug.length === 0 ? {} : { ephemeralContainers: debug };
}
