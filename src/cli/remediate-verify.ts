import { openCase } from '../remediate/case-folder.ts';
import { offencesBy } from '../remediate/offences.ts';
import { policyProblem } from '../remediate/preconditions.ts';
import { verifyCase } from '../remediate/verify.ts';
import { plainLine } from '../report/terminal.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';
import { loadPolicy } from './load-policy.ts';
import { withCluster } from './remediate-cluster.ts';

export interface RemediateVerifyOptions extends ConnectionOptions {
  readonly policy?: string | undefined;
  readonly watchMs: number;
}

/** `seawall remediate verify`: looks whether what was applied holds. */
export async function remediateVerifyCommand(
  path: string,
  options: RemediateVerifyOptions,
  io: CommandIo,
): Promise<number> {
  const policy = await loadPolicy(options.policy);
  return withCluster(options, io, async (session) => {
    const folder = await openCase(path, session.now);
    try {
      const problem = policyProblem(folder.plan, policy);
      if (problem !== undefined) {
        io.stderr(`${plainLine(`${problem} (--policy): what is refused is told by this one`)}\n`);
      }
      const nowMs = session.now();
      const { problems, confirmed } = await verifyCase(session, folder, {
        watchMs: options.watchMs,
        offencesOf: ({ findings }) =>
          offencesBy(policy, nowMs, { rules: new Set(findings.map(({ rule }) => rule)), atLeast: 'audit' }),
      });
      for (const line of confirmed) io.stdout(`ok: ${plainLine(line, 2_000)}\n`);
      for (const line of problems) io.stdout(`NOT OK: ${plainLine(line, 2_000)}\n`);
      return problems.length > 0 ? exitCodes.findings : exitCodes.ok;
    } finally {
      await folder.journal.close();
    }
  });
}
