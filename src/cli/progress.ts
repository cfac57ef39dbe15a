import type { ScanProgress } from '../audit/scan-cluster.ts';
import { plainLine } from '../report/terminal.ts';
import type { CommandIo } from './io.ts';

/** A line on a terminal that is written over; silent everywhere else. */
export interface Progress {
  readonly show: (progress: ScanProgress) => void;
  /** Takes the line away; nothing more is shown then. */
  readonly end: () => void;
}

const betweenMs = 100;
const barColumns = 20;

export function openProgress(io: Pick<CommandIo, 'stderr' | 'isTty' | 'now'>): Progress {
  if (!io.isTty.stderr) return { show: () => undefined, end: () => undefined };
  let shownMs = Number.NEGATIVE_INFINITY;
  let ended = false;
  let current = '';
  let base = 0;
  return {
    show: ({ resource, pods, templates, remaining }) => {
      const done = pods + templates;
      if (resource !== current) base = done;
      current = resource;
      if (ended || io.now() - shownMs < betweenMs) return;
      shownMs = io.now();
      const read = done - base;
      const share = remaining === undefined || read + remaining === 0 ? undefined : read / (read + remaining);
      const bar = share === undefined ? '' : `[${'#'.repeat(Math.round(share * barColumns)).padEnd(barColumns, '.')}] `;
      io.stderr(`\r\u001b[K${bar}${plainLine(`${pods} pods, ${templates} templates, reading ${resource}`, 100)}`);
    },
    end: () => {
      if (!ended && current !== '') io.stderr('\r\u001b[K');
      ended = true;
    },
  };
}
