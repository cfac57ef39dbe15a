import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { conditionedConfiguration } from './webhook-document.ts';
import type { SeenConditions } from './written-conditions.ts';
import { refusingWebhook } from './written-conditions.ts';

export interface ConditionReportOptions {
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'conditionsInStep' | 'conditionsWide'>;
}

/** Tells how the conditions stand: by metrics, to probes, and by a line of the log each time that it changes. */
export interface ConditionReport {
  /** What is amiss, as it was seen last. */
  readonly notes: () => readonly string[];
  /**
   * @param seen - undefined where there is no configuration
   * @param refused - why the API server does not take the conditions
   */
  readonly tell: (seen: SeenConditions | undefined, refused: string | undefined) => void;
}

export function createConditionReport({ log, metrics }: ConditionReportOptions): ConditionReport {
  let notes: readonly string[] = [];
  let told = '';
  return {
    notes: () => notes,
    tell: (seen, refused) => {
      const isNarrow = seen?.state === 'other' || (seen?.foreign.length ?? 0) > 0;
      metrics.conditionsInStep(isNarrow ? false : seen?.state === 'own' ? true : undefined);
      metrics.conditionsWide(seen?.state === 'wide' || seen?.state === 'none');
      const found = notesOf(seen);
      // That they are refused was told when they were.
      notes = refused === undefined ? found : [...found, `the matchConditions are not taken: ${refused}`];
      const word = found.join('; ');
      if (word !== '' && word !== told) log.warn({ notes: found }, 'matchConditions are not as they should be');
      told = word;
    },
  };
}

/** Most names of conditions that are told. */
const maxNames = 3;

function notesOf(seen: SeenConditions | undefined): string[] {
  if (seen === undefined) return [`no webhook ${refusingWebhook} is registered in ${conditionedConfiguration}`];
  const { foreign, state, present } = seen;
  const notes: string[] = [];
  if (foreign.length > 0) {
    notes.push(`matchConditions of others narrow the webhooks: ${foreign.slice(0, maxNames).join(', ')}`);
  }
  if (state === 'other') notes.push('the matchConditions are of another policy');
  if (!present.includes('advice.seawall.dev')) {
    notes.push('no webhook advice.seawall.dev is registered: of pods that no rule could refuse nothing is told');
  }
  return notes;
}
