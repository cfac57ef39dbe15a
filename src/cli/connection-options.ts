import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { shellWord } from '../report/shell-word.ts';

/** How a command reaches a cluster, as its other parts take it. */
export interface ConnectionOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  readonly as?: string | undefined;
  readonly asGroups: readonly string[];
  /** Milliseconds for one request. */
  readonly requestTimeoutMs?: number | undefined;
}

/** The same as commander gives it. */
export type ConnectionFlags = Omit<ConnectionOptions, 'asGroups' | 'requestTimeoutMs'> & {
  readonly asGroup: readonly string[];
  readonly requestTimeout?: number;
};

/** Adds the flags of kubectl that name a cluster and who speaks to it; a command may have another meaning for the latter. */
export function addConnectionOptions(
  command: Command,
  as = 'speak as this user',
  asGroup = 'speak as a member of this group (repeatable)',
): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig file')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--cluster <name>', 'cluster of the kubeconfig')
    .option('--user <name>', 'user of the kubeconfig')
    .option('--as <user>', as)
    .option('--as-group <group>', asGroup, repeated, [])
    .option('--request-timeout <duration>', 'time for one request, as 30s or 2m', duration);
}

/** The flags under the names of the options, and all others as they were. */
export function withConnection<T extends ConnectionFlags>(
  flags: T,
): Omit<T, 'asGroup' | 'requestTimeout'> & ConnectionOptions {
  const { asGroup: asGroups, requestTimeout: requestTimeoutMs, ...others } = flags;
  return { ...others, asGroups, requestTimeoutMs };
}

/** The flags that lead to the same cluster as the same user, as words of a shell: for commands that are printed. */
export function flagsOf({ kubeconfig, context, cluster, user, as, asGroups }: ConnectionOptions): string {
  const given: readonly (readonly [string, string | undefined])[] = [
    ['kubeconfig', kubeconfig],
    ['context', context],
    ['cluster', cluster],
    ['user', user],
    ['as', as],
    ...asGroups.map((group) => ['as-group', group] as const),
  ];
  return given.map(([name, value]) => (value === undefined ? '' : ` --${name} ${shellWord(value)}`)).join('');
}

/** For options that may be given more than once. */
export function repeated(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}

const unitsMs: ReadonlyMap<string, number> = new Map([
  ['', 1_000],
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** Milliseconds; 0 is no bound of the user's, as with kubectl. */
export function duration(value: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d{1,6})(ms|s|m|h|)$/.exec(value) ?? [];
  const unitMs = unitsMs.get(unit);
  if (number === '' || unitMs === undefined) throw new InvalidArgumentError('give a duration such as 30s or 2m.');
  return Number(number) === 0 ? undefined : Number(number) * unitMs;
}
