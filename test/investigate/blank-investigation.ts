import type { Investigation } from '../../src/investigate/investigation.ts';

/** An investigation that found nothing but what is given. */
export function investigationOf(fields: Partial<Investigation>): Investigation {
  return {
    headline: '',
    alarm: 'none',
    asked: '',
    cluster: 'test',
    takenAt: '2026-11-24T00:00:00.000Z',
    policy: 'default',
    state: 'none',
    node: '',
    created: '',
    containers: [],
    tools: [],
    declared: [],
    entry: [],
    owners: [],
    sources: [],
    images: [],
    others: { pods: [], total: 0, of: '' },
    events: [],
    did: { answer: '', deeds: [], managers: [] },
    next: [],
    unseen: [],
    notes: [],
    ...fields,
  };
}
