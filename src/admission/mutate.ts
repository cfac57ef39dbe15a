import type { Finding } from '../policy/finding.ts';
import { asList, asObject, asString } from '../policy/json.ts';
import type { Engine } from './engine.ts';
import { givenBack } from './give-back.ts';
import { isMirrorPod } from './mirror-pod.ts';
import type { Outcome } from './outcome.ts';
import { silence } from './outcome.ts';
import type { AdmissionRequest } from './review.ts';
import { contextOf, isBeyondJudgement } from './validate.ts';

/**
 * Repairs what the policy lets it repair; it never refuses, and leaves all else to the validating twin, which sees the
 * pod after every webhook has had its turn.
 */
export function mutate(request: AdmissionRequest, engine: Engine, nowMs: number): Outcome {
  if (isBeyondJudgement(request)) return silence;
  const policy = engine.policy();
  const rules = policy.rules.filter(({ settings }) => settings.fix === true);
  // Of thousands alike the rest is left to the twin.
  const { findings } = engine.judge(request.object, { ...policy, rules }, nowMs, contextOf(request));
  if (findings.length === 0) return silence;
  const repairable = changeable(
    request,
    findings.filter((each) => each.repairable && !each.template),
    engine,
  );
  if (repairable.length === 0) return silence;
  if (isMirrorPod(request)) return { ...silence, audited: repairable, spared: 'mirror-pod' };
  const repair = engine.repair(request.object, repairable);
  if (repair.operations.length === 0) return silence;
  const grave = repairable.filter(({ severity }) => severity !== 'low');
  const told = grave.length === repairable.length ? repair.notes : engine.repair(request.object, grave).notes;
  return { ...silence, mending: { repair, told } };
}

/**
 * The findings whose fields the API server lets a patch change. The security context of a container that is there is
 * immutable, so that a patch would make every update of such a pod fail, but for one that gives back what is stored; only
 * ephemeral containers come by an update.
 * Source: k8s.io/kubernetes pkg/apis/core/validation (ValidatePodUpdate, ValidatePodEphemeralContainersUpdate).
 */
function changeable(request: AdmissionRequest, repairable: readonly Finding[], engine: Engine): readonly Finding[] {
  const { operation, subResource, object, oldObject } = request;
  if (operation === 'CREATE') return repairable;
  if (operation !== 'UPDATE') return [];
  if (subResource === '') return givenBack(request, repairable, engine);
  if (subResource !== 'ephemeralcontainers') return [];
  const there = new Set(ephemeralContainers(oldObject).map(nameOf));
  const wanted = ephemeralContainers(object);
  return repairable.filter(({ containerPath }) => {
    const [spec, list, index] = containerPath ?? [];
    if (spec !== 'spec' || list !== 'ephemeralContainers' || typeof index !== 'number') return false;
    return !there.has(nameOf(wanted[index]));
  });
}

function ephemeralContainers(pod: unknown): readonly unknown[] {
  return asList(asObject(asObject(pod)['spec'])['ephemeralContainers']);
}

function nameOf(container: unknown): string {
  return asString(asObject(container)['name']);
}
