import { ApiError } from '../cluster/api.ts';
import { describeObject } from '../report/describe.ts';
import { read } from './climb.ts';
import type { Change } from './change.ts';
import { isOfConnection } from './connection-lost.ts';
import { kindOf, refusalOf, send } from './send.ts';
import type { Writer } from './send.ts';

/**
 * Has the server say of each change what it would say, webhooks and budgets included; nothing is changed.
 * @returns the first refusal; undefined where there is none
 * @throws {ApiError} where the server cannot be asked
 */
export async function dryRun(client: Writer, changes: readonly Change[], caseId: string): Promise<string | undefined> {
  for (const change of changes) {
    const name = describeObject(change.object);
    const live = change.kind === 'create' ? undefined : await read(client, kindOf(change), change.object);
    if (typeof live === 'string') return live;
    try {
      await send(client, change, live, { caseId, dryRun: true });
    } catch (error) {
      if (!(error instanceof ApiError) || isOfConnection(error)) throw error;
      return `${name}: the server's dry run refuses to ${change.kind}: ${refusalOf(error, change)}`;
    }
  }
  return undefined;
}
