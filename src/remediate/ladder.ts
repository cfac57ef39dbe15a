import { makesPods } from '../audit/life.ts';
import type { Finding, JsonObject } from '../policy/finding.ts';
import type { Change } from './change.ts';
import { fieldChange, findingsAnnotation } from './change.ts';
import { deletePod, evict } from './end-pods.ts';
import { fixTemplate } from './fix-template.ts';
import { healthOf, promisedHealthy } from './health.ts';
import { cordon, quarantine } from './isolate.ts';
import { referenceOf, uidOf } from './kinds.ts';
import type { Situation, Step, Wishes } from './situation.ts';
import { allOffences, isBarePod, runningPods } from './situation.ts';
import { specSha256 } from './spec-hash.ts';
import type { StepResult } from './suspend.ts';
import { suspend } from './suspend.ts';

/** The step that was chosen, and all that it does. */
export interface ChosenStep {
  readonly step: Step;
  /** Why this one and no milder one; one line. */
  readonly why: string;
  readonly changes: readonly Change[];
  readonly notes: readonly string[];
  /** Replicas of the workload that must stay healthy meanwhile; 0 where it is stopped as a whole. */
  readonly minHealthy: number;
}

/** Why nothing is done. */
export interface Refusal {
  readonly refusal: string;
}

/** What a cordon needs to see beside the situation. */
export interface Surroundings {
  readonly nodes: readonly JsonObject[];
}

type Attempt = (situation: Situation, wishes: Wishes, surroundings: Surroundings) => StepResult;

const attempts: Readonly<Record<Step, Attempt>> = {
  report,
  annotate,
  suspend: (situation, { minHealthy = 0 }) =>
    minHealthy > 0 ? `${minHealthy} replicas are to stay healthy` : suspendTemplate(situation),
  fix: fixTemplate,
  evict,
  delete: deletePod,
  quarantine,
  cordon: (situation, _, { nodes }) => cordon(situation, nodes),
};

/**
 * The first step of the ladder that works: after it nothing runs that the policy refuses, and nothing makes it anew. What the
 * policy only warns of is annotated, and what it only audits is reported. Delete ignores budgets, and is never chosen.
 */
export function chooseStep(situation: Situation, wishes: Wishes, surroundings: Surroundings): ChosenStep | Refusal {
  const offences = allOffences(situation);
  if (wishes.step !== undefined) return asked(wishes.step, situation, wishes, surroundings);
  if (offences.length === 0) {
    return { refusal: 'the policy finds nothing to remedy on it; name a step (--step) to insist' };
  }
  const reasons: string[] = [];
  for (const step of ladderFor(offences, situation)) {
    const chosen = attempt(step, situation, wishes, surroundings);
    if ('step' in chosen) return { ...chosen, why: reasons.length === 0 ? whyFirst(step) : reasons.join('; ') };
    reasons.push(`${step}: ${chosen.refusal}`);
  }
  return { refusal: `no step works: ${reasons.join('; ')}` };
}

function asked(step: Step, ...given: Parameters<Attempt>): ChosenStep | Refusal {
  const chosen = attempt(step, ...given);
  return 'step' in chosen ? { ...chosen, why: 'asked for' } : { refusal: `${step}: ${chosen.refusal}` };
}

function attempt(step: Step, situation: Situation, wishes: Wishes, surroundings: Surroundings): ChosenStep | Refusal {
  const result = attempts[step](situation, wishes, surroundings);
  if (typeof result === 'string') return { refusal: result };
  const minimum = minimumHealthy(step, situation, wishes);
  if (typeof minimum === 'string') return { refusal: minimum };
  return { step, why: '', ...result, minHealthy: minimum };
}

/** The steps to try: as far as the policy's action goes. */
function ladderFor(offences: readonly Finding[], situation: Situation): readonly Step[] {
  const has = (action: Finding['action']): boolean => offences.some((finding) => finding.action === action);
  if (has('deny')) return isQuiet(situation) ? ['report'] : ['suspend', 'fix', 'evict'];
  return has('warn') ? ['annotate'] : ['report'];
}

function whyFirst(step: Step): string {
  if (step === 'report') return 'nothing of it runs or will, or the policy only audits it';
  if (step === 'annotate') return 'the policy only warns of it';
  return 'it stops what runs and what would come, and is easy to undo';
}

/** Whether nothing of it runs, and nothing will by itself. */
function isQuiet(situation: Situation): boolean {
  const { root, kind, jobs } = situation;
  if (runningPods(situation).length > 0) return false;
  return isBarePod(situation) || (!makesPods(root, kind.kind) && jobs.length === 0);
}

function report(): StepResult {
  return { changes: [], notes: [] };
}

function annotate(situation: Situation): StepResult {
  const { root, kind } = situation;
  const rules = [...new Set(allOffences(situation).map(({ rule }) => rule))].sort();
  const common = {
    object: referenceOf(root, kind),
    uid: uidOf(root),
    specSha256: specSha256(root),
    what: `annotate with ${rules.length === 0 ? 'the case' : rules.join(', ')}`,
  };
  const annotations = rules.length === 0 ? {} : { [findingsAnnotation]: rules.join(',') };
  return { changes: [fieldChange(root, common, [], annotations)], notes: ['an annotation stops nothing'] };
}

function suspendTemplate(situation: Situation): StepResult {
  const { root, offences } = situation;
  const isPodAlone = !isBarePod(situation) && offences(root).length === 0 && allOffences(situation).length > 0;
  return isPodAlone ? 'its template is within the policy: only pods of it are not' : suspend(situation);
}

/** What must stay healthy; or why that cannot be kept. */
function minimumHealthy(step: Step, { root, kind }: Situation, { minHealthy }: Wishes): number | string {
  if (step !== 'fix' && step !== 'evict') return 0;
  if (kind.kind === 'Pod' || kind.kind === 'CronJob' || kind.kind === 'Job') return 0;
  const { healthy } = healthOf(root);
  const promised = step === 'fix' ? promisedHealthy(root) : Math.max(0, healthOf(root).desired - 1);
  if (minHealthy === undefined) return Math.min(promised, healthy);
  if (healthy < minHealthy) return `only ${healthy} replicas are healthy now, and ${minHealthy} are to stay so`;
  if (promised < minHealthy) return `only ${promised} replicas stay healthy meanwhile, and ${minHealthy} are to`;
  return minHealthy;
}
