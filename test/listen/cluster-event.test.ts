import { readFalcoEvent, isFalcoEvent } from '../../src/investigate/falco-event.ts';
import type { ToolFound } from '../../src/investigate/investigation.ts';
import { wordsOfEvent } from '../../src/listen/cluster-event.ts';

const event = readFalcoEvent({ rule: 'Read sensitive file\n', output_fields: {} });
const tool = (name: string, named: string): ToolFound => ({
  name,
  class: named,
  seen: 'event',
  container: '',
  detail: '',
});
const headline = 'Pod shop/web ran';

test.each<[what: string, tools: readonly ToolFound[], reason: string, message: string]>([
  [
    'a listed tool',
    [tool('cat', ''), tool('nmap', 'scanner')],
    'SuspiciousNetworkTool',
    `${headline} (Seawall case c1)`,
  ],
  [
    'another program',
    [tool('cat', '')],
    'FalcoEvent',
    `Falco rule "Read sensitive file\\u000a": ${headline} (Seawall case c1)`,
  ],
  ['no program', [], 'FalcoEvent', `Falco rule "Read sensitive file\\u000a": ${headline} (Seawall case c1)`],
])('%s', (_, tools, reason, message) => {
  if (!isFalcoEvent(event)) throw new Error(event.problem);
  expect(wordsOfEvent('c1', { headline, tools, event })).toEqual({ reason, message });
});
