import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { duration } from './connection-options.ts';
import { reportApiOption } from './report-options.ts';

/** What `seawall serve` takes for the watch-driven audit. */
export interface ServeAuditFlags {
  readonly audit: boolean;
  readonly auditOnly: boolean;
  readonly auditLease: string;
  /** Milliseconds. */
  readonly auditResync: number;
  readonly auditAllowPartial: boolean;
}

const hourMs = 3_600_000;

/** Adds the flags of the watch-driven audit to `serve`. */
export function addServeAuditOptions(command: Command): Command {
  return command
    .option('--audit', 'follow the cluster too, and keep report objects of what is found in it', false)
    .option('--audit-only', 'follow the cluster and serve no webhook', false)
    .option('--audit-lease <name>', 'Lease of the replica that follows the cluster', 'seawall-audit')
    .addOption(
      new Option('--audit-resync <duration>', 'read everything anew after so long, as 30m')
        .argParser(interval)
        .default(hourMs, '1h'),
    )
    .option('--audit-allow-partial', 'write report objects though something could not be seen', false)
    .addOption(reportApiOption());
}

function interval(value: string): number {
  const ms = duration(value);
  if (ms === undefined) throw new InvalidArgumentError('give a duration above 0, such as 30m.');
  return ms;
}
