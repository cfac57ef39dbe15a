import { readFile } from 'node:fs/promises';
import { strictText } from '../mounted-files/strict-text.ts';
import type { Policy } from '../policy/policy.ts';
import { defaultPolicy } from '../policy/policy.ts';
import { shellWord } from '../report/shell-word.ts';
import { reasonOf } from '../telemetry/reason.ts';

/**
 * The policy of a file, or the built-in one where none is named.
 * @throws where the file cannot be read, or with every problem in it
 */
export async function loadPolicy(file: string | undefined): Promise<Policy> {
  if (file === undefined) return defaultPolicy();
  const { readPolicyText } = await import('../policy-file/read.ts');
  return readPolicyText(await readPolicyFile(file), file);
}

/**
 * The text of a policy file.
 * @throws where it cannot be read or is not UTF-8, naming the file
 */
export async function readPolicyFile(file: string, stdin?: () => Promise<Uint8Array>): Promise<string> {
  try {
    const bytes = file === '-' && stdin !== undefined ? await stdin() : await readFile(file);
    return strictText(bytes);
  } catch (cause) {
    throw new Error(`${file}: cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

/** The flag for a command that is printed, with a blank before; '' for the built-in policy. */
export function policyFlag(file: string | undefined): string {
  return file === undefined ? '' : ` --policy ${shellWord(file)}`;
}
