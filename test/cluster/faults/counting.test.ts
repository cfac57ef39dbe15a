// Needs no cluster: what the load makes of the answers that it gets.
import { describe, expect, test } from '@jest/globals';
import type { Outcome } from './outcome.ts';
import { outcomeOf } from './outcome.ts';
import type { Creation } from './steady-load.ts';
import { tableText, tallyOf } from './tally.ts';

const podThatDrops = (drop: readonly string[]) => ({
  spec: { containers: [{ name: 'app', securityContext: { capabilities: { drop } } }] },
});

describe('an answer of the API server is read as', () => {
  test.each<readonly [Outcome, number, unknown]>([
    ['admitted', 201, podThatDrops(['NET_RAW'])],
    ['unrepaired', 201, { spec: { containers: [{ name: 'app' }] } }],
    [
      'refused',
      403,
      { message: 'admission webhook "pods.seawall.dev" denied the request: Seawall refuses Pod load/bad-* by policy' },
    ],
    [
      'webhook-failed',
      500,
      { message: 'Internal error occurred: failed calling webhook "pods.seawall.dev": failed to call webhook: EOF' },
    ],
    ['server-failed', 500, { message: 'etcdserver: request timed out' }],
    ['server-failed', 403, { message: 'pods "a" is forbidden: not yet ready to handle request' }],
    ['server-failed', 429, 'Too many requests, please try again later.'],
  ])('%s: HTTP %d', (outcome, status, body) => {
    expect(outcomeOf({ status, body }).outcome).toBe(outcome);
  });
});

const creation = (kind: Creation['kind'], outcome: Outcome, startedMs: number): Creation => ({
  kind,
  outcome,
  startedMs,
  tookMs: 5,
  message: outcome === 'admitted' ? '' : `why ${outcome}`,
});

const creations = [
  creation('benign', 'admitted', 0),
  creation('benign', 'webhook-failed', 1_000),
  creation('bad', 'refused', 1_500),
  creation('benign', 'webhook-failed', 1_800),
  creation('bad', 'server-failed', 2_000),
  creation('benign', 'unrepaired', 3_000),
];

describe('creations are counted', () => {
  test('by kind and outcome', () => {
    expect(tallyOf('a test', creations, [])).toEqual({
      what: 'a test',
      seconds: 3,
      benign: { all: 4, admitted: 1, unrepaired: 1, refused: 0, 'webhook-failed': 2, 'server-failed': 0 },
      bad: { all: 2, admitted: 0 },
      failingMs: 800,
      messages: ['why webhook-failed'],
    });
  });

  test('a bad pod that is stored was admitted, whatever was answered', () => {
    expect(tallyOf('a test', creations, ['bad-x']).bad).toEqual({ all: 2, admitted: 1 });
  });

  test('a bad pod that was answered with 201 was admitted, repaired or not', () => {
    const [unrepaired, admitted] = [creation('bad', 'unrepaired', 0), creation('bad', 'admitted', 0)];
    expect(tallyOf('a test', [unrepaired, admitted], []).bad).toEqual({ all: 2, admitted: 2 });
  });

  test('into a table', () => {
    expect(tableText([tallyOf('a test', creations, [])])).toBe(
      `| meanwhile | seconds | benign pods | refused by Seawall | no answer of Seawall | no answer of the API server | not repaired | bad pods | of them admitted |
| --------- | ------: | ----------: | -----------------: | -------------------: | --------------------------: | -----------: | -------: | ---------------: |
| a test    |       3 |           4 |                  0 |                    2 |                           0 |            1 |        2 |                0 |
`,
    );
  });
});
