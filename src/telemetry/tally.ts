/*
 * Series that every request adds to. The client library looks labels up by a text that it makes of them, which costs a
 * request as much as its verdict; these add to a number, and only a scrape pays for labels.
 */
import type { Histogram, Registry } from 'prom-client';
import { Counter } from 'prom-client';

/** Adds to the counter with these two labels. */
export type Tally = (one: string, other: string | number, count?: number) => void;

/** What a series is called and says. */
export interface TallyOptions {
  readonly name: string;
  readonly help: string;
}

/** Makes a counter of two labels. */
export function countTally(
  { name, help, labelNames }: TallyOptions & { readonly labelNames: readonly [string, string] },
  registry: Registry,
): Tally {
  const counts = new Map<string, Map<string | number, number>>();
  new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const [one, inner] of counts) {
        for (const [other, count] of inner) this.inc({ [labelNames[0]]: one, [labelNames[1]]: other }, count);
      }
    },
  });
  return (one, other, count = 1) => {
    const inner = counts.get(one) ?? new Map<string | number, number>();
    if (inner.size === 0) counts.set(one, inner);
    inner.set(other, (inner.get(other) ?? 0) + count);
  };
}

/** Observes a value, with its one label. */
export type ValueTally = (label: string, value: number) => void;

interface Observed {
  /** How many values fell in each bucket, and beyond the last. */
  readonly counts: Float64Array;
  sum: number;
}

export interface ValueTallyOptions extends TallyOptions {
  readonly labelName: string;
  /** Upper bounds, in order. */
  readonly buckets: readonly number[];
}

/** Makes a histogram of one label. */
export function valueTally(options: ValueTallyOptions, registry: Registry): ValueTally {
  const { name, help, buckets } = options;
  const byLabel = new Map<string, Observed>();
  // What a registry asks of a metric is to get it; the type knows only the library's own classes.
  registry.registerMetric({
    name,
    get: () =>
      Promise.resolve({
        name,
        help,
        type: 'histogram',
        aggregator: 'sum',
        values: [...byLabel].flatMap(([label, observed]) => seriesOf(label, observed, options)),
      }),
    reset: () => byLabel.clear(),
  } as unknown as Histogram);
  return (label, value) => {
    const observed = byLabel.get(label) ?? { counts: new Float64Array(buckets.length + 1), sum: 0 };
    if (observed.sum === 0) byLabel.set(label, observed);
    let bucket = 0;
    while (bucket < buckets.length && value > (buckets[bucket] ?? Infinity)) bucket += 1;
    observed.counts[bucket] = (observed.counts[bucket] ?? 0) + 1;
    observed.sum += value;
  };
}

interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** Buckets count what is at most their bound. Source: Prometheus' text exposition format, "Histograms and summaries". */
function seriesOf(label: string, { counts, sum }: Observed, { name, labelName, buckets }: ValueTallyOptions): Sample[] {
  const labels = { [labelName]: label };
  let total = 0;
  const cumulative = [...buckets, '+Inf'].map((le, index) => {
    total += counts[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: total };
  });
  return [
    ...cumulative,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: total },
  ];
}
