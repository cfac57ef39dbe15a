import type { ReportFormat } from '../report/format-names.ts';
import type { FormatOptions } from '../report/formats.ts';
import { formatReport, needsDetail } from '../report/formats.ts';
import type { Report } from '../report/report.ts';
import { plainLine, wantsColour } from '../report/terminal.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { CommandIo } from './io.ts';
import { replaceFile } from './replace-file.ts';

/** A file that the report goes to, and its format. */
export interface ReportFile {
  readonly format: ReportFormat;
  readonly file: string;
}

/** Where a command's report goes: one format on a stream, and any number of files. */
export interface ReportOutputs {
  readonly output: ReportFormat;
  readonly out: readonly ReportFile[];
}

/** Whether a finding's excerpt, fix and command are told anywhere; to find them costs time. */
export function wantsDetail({ output, out }: ReportOutputs): boolean {
  return [output, ...out.map(({ format }) => format)].some(needsDetail);
}

/**
 * Writes the report to its files, each in one step, and then to its stream. A file that cannot be written does not keep the
 * others from it.
 * @throws naming each file that could not be written
 */
export async function writeReport(
  report: Report,
  { output, out }: ReportOutputs,
  stream: 'stdout' | 'stderr',
  version: string,
  io: CommandIo,
): Promise<void> {
  const options = (colour: boolean): FormatOptions => ({ colour, nowMs: io.now(), version });
  const failures: string[] = [];
  for (const { format, file } of out) {
    const { chunks, notes } = await formatReport(report, format, options(false));
    tell(notes.map((note) => `${file}: ${note}`));
    try {
      await replaceFile(file, chunks);
    } catch (error) {
      failures.push(`${file}: the ${format} report cannot be written: ${reasonOf(error)}`);
    }
  }
  const { chunks, notes } = await formatReport(report, output, options(wantsColour(io.isTty[stream], io.env)));
  tell(notes);
  for (const chunk of chunks) io[stream](chunk);
  if (failures.length > 0) throw new Error(failures.join('\n'));

  function tell(lines: readonly string[]): void {
    for (const line of lines) io.stderr(`${plainLine(line)}\n`);
  }
}
