import { readFile } from 'node:fs/promises';
import type { Policy } from '../policy/policy.ts';
import { defaultPolicy } from '../policy/policy.ts';

/**
 * The policy of a file, or the built-in one where none is named.
 * @throws where the file cannot be read, or with every problem in it
 */
export async function loadPolicy(file: string | undefined): Promise<Policy> {
  if (file === undefined) return defaultPolicy();
  const { readPolicyText } = await import('../policy-file/read.ts');
  return readPolicyText(await readFile(file, 'utf8'), file);
}
