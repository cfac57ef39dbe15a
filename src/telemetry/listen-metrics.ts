import { Counter, Gauge, Registry } from 'prom-client';

export type CaseOutcome = 'investigated' | 'same' | 'failed';
export type ListenAction = 'annotated' | 'evicted' | 'not opted in' | 'not allowed' | 'too many' | 'failed';

/** Counts what arrives of Falco and what becomes of it; every label is one of a list that outside input cannot lengthen. */
export interface ListenMetrics {
  readonly answered: (code: number) => void;
  readonly event: (what: 'new' | 'repeated') => void;
  readonly outcome: (outcome: CaseOutcome) => void;
  readonly clusterEvent: (result: 'made' | 'failed') => void;
  readonly action: (action: ListenAction) => void;
  /** A case was removed to make room for another. */
  readonly dropped: () => void;
  /** Gives the number of cases that wait, and of all, whenever they are asked for. */
  readonly watch: (state: () => { readonly waiting: number; readonly cases: number }) => void;
  readonly text: () => Promise<string>;
}

const codes = [200, 400, 401, 404, 405, 413, 415, 503];

export function listenMetrics(): ListenMetrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[]): Counter<T> =>
    new Counter({ name: `seawall_listen_${name}`, help, labelNames, registers });
  const requests = counter('requests_total', 'Requests answered on the port for events, by HTTP code.', ['code']);
  const events = counter('events_total', 'Events received: new ones, and those that had a case.', ['what']);
  const outcomes = counter('cases_total', 'Cases worked on, by outcome.', ['outcome']);
  const clusterEvents = counter('cluster_events_total', 'Kubernetes Events about owners, by result.', ['result']);
  const actions = counter('actions_total', 'Automatic actions, and why there was none.', ['action']);
  const dropped = counter('cases_dropped_total', 'Old cases that were removed to make room for new ones.', []);
  for (const code of codes) requests.inc({ code }, 0);
  for (const what of ['new', 'repeated'] as const) events.inc({ what }, 0);
  for (const outcome of ['investigated', 'same', 'failed'] as const) outcomes.inc({ outcome }, 0);
  for (const result of ['made', 'failed'] as const) clusterEvents.inc({ result }, 0);
  return {
    answered: (code) => requests.inc({ code }),
    event: (what) => events.inc({ what }),
    outcome: (outcome) => outcomes.inc({ outcome }),
    clusterEvent: (result) => clusterEvents.inc({ result }),
    action: (action) => actions.inc({ action }),
    dropped: () => dropped.inc(),
    watch: (state) => {
      const watched = (name: string, help: string, read: () => number): void => {
        new Gauge({
          name: `seawall_listen_${name}`,
          help,
          registers,
          collect() {
            this.set(read());
          },
        });
      };
      watched('queue_length', 'Cases that wait to be investigated.', () => state().waiting);
      watched('cases', 'Cases that are kept.', () => state().cases);
    },
    text: () => registry.metrics(),
  };
}
