import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { isReportFormat, reportFormats } from '../report/format-names.ts';
import { reportApiChoices } from '../report/report-api-choices.ts';
import type { ReportFile } from './write-report.ts';

/** Adds `-o FORMAT` and the repeatable `--out FORMAT=FILE` to a command that makes a report. */
export function addReportOptions(command: Command): Command {
  return command
    .addOption(
      new Option('-o, --output <format>', 'format of the report on standard output')
        .choices(reportFormats)
        .default('table'),
    )
    .option('--out <format=file>', 'write the report to a file too (repeatable)', reportFile, []);
}

/** `--report-api`, for every command that keeps report objects in a cluster. */
export function reportApiOption(): Option {
  return new Option(
    '--report-api <api>',
    'API of the report objects in the cluster; auto: OpenReports where it is served, else wgpolicy',
  )
    .choices(reportApiChoices)
    .default('auto');
}

function reportFile(value: string, earlier: readonly ReportFile[]): ReportFile[] {
  const equals = value.indexOf('=');
  const format = value.slice(0, Math.max(equals, 0));
  const file = value.slice(equals + 1);
  if (equals < 1 || file === '') throw new InvalidArgumentError('give a format and a file, as in sarif=seawall.sarif.');
  if (!isReportFormat(format)) throw new InvalidArgumentError(`the formats are ${reportFormats.join(', ')}.`);
  if (file === '-') throw new InvalidArgumentError(`for standard output give -o ${format}.`);
  if (earlier.some((each) => each.file === file)) throw new InvalidArgumentError(`${file} is named twice.`);
  return [...earlier, { format, file }];
}
