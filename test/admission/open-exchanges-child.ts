/*
 * Run by open-exchanges.test.ts in a process of its own, with --expose-gc: how many megabytes of the old generation 20,000
 * exchanges take that came and went, 25 at a time, where only the young generation is collected.
 */
import { getHeapSpaceStatistics } from 'node:v8';
import { OpenExchanges } from '../../src/admission/open-exchanges.ts';

interface Each {
  place: number;
  readonly held: readonly number[];
}

function oldMegabytes(): number {
  return (getHeapSpaceStatistics().find((space) => space.space_name === 'old_space')?.space_used_size ?? 0) / 1e6;
}

function growth(open: { add(each: Each): unknown; delete(each: Each): unknown }): number {
  global.gc?.();
  const before = oldMegabytes();
  const openNow: Each[] = [];
  for (let made = 0; made < 20_000; made += 1) {
    const each = { place: -1, held: Array<number>(500).fill(made) };
    open.add(each);
    openNow.push(each);
    const oldest = openNow.length > 25 ? openNow.shift() : undefined;
    if (oldest !== undefined) open.delete(oldest);
    // A pause, over which what is open becomes old.
    const collections = made === 100 ? 3 : Number(made % 100 === 0);
    for (let turn = 0; turn < collections; turn += 1) global.gc?.({ type: 'minor' });
  }
  return oldMegabytes() - before;
}

process.stdout.write(JSON.stringify({ set: growth(new Set()), list: growth(new OpenExchanges()) }));
