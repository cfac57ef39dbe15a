import { createApiClient } from '../cluster/api-client.ts';
import { findCredentials } from '../cluster/connect.ts';
import { waitFor } from '../cluster/pace.ts';
import { RemediationRefused } from '../remediate/make-plan.ts';
import type { ClusterIdentity } from '../remediate/session.ts';
import type { Operation } from '../remediate/operation.ts';
import { whoAmI } from '../remediate/session.ts';
import { plainLine } from '../report/terminal.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';

/** A cluster that a remediation speaks to. */
export interface Session extends Operation {
  /** Of the context. */
  readonly namespace: string;
}

/**
 * Connects, and tells on the first line which cluster it is and as whom.
 * @returns the exit code of the work; that of findings where it was refused
 */
export async function withCluster(
  options: ConnectionOptions,
  io: CommandIo,
  work: (session: Session) => Promise<number>,
): Promise<number> {
  const { requestTimeoutMs } = options;
  const { credentials, source, namespace } = await findCredentials({ ...options, env: io.env });
  const client = createApiClient(credentials, {
    now: io.now,
    ...(requestTimeoutMs !== undefined && { requestTimeoutMs }),
  });
  const leaving = new AbortController();
  io.onSignal(() => leaving.abort());
  try {
    const user = await whoAmI(client);
    const identity = { context: source, server: credentials.server, user };
    io.stderr(`${identityLine(identity)}\n`);
    return await work({
      client,
      identity,
      namespace: await namespace(),
      signal: leaving.signal,
      now: () => io.now() + client.clockOffsetMs(),
      monotonicMs: () => performance.now(),
      wait: waitFor,
      tell: (line) => io.stderr(`${plainLine(line, 2_000)}\n`),
    });
  } catch (error) {
    if (!(error instanceof RemediationRefused)) throw error;
    for (const line of error.message.split('\n')) io.stderr(`refused: ${plainLine(line, 2_000)}\n`);
    return exitCodes.findings;
  } finally {
    client.close();
  }
}

export function identityLine({ context, server, user }: ClusterIdentity): string {
  return plainLine(`${context}, server ${server}, user ${user}`, 1_000);
}
