import type { EditResult } from '../manifest/edit.ts';
import { editManifest } from '../manifest/edit.ts';
import { readManifest } from '../manifest/read.ts';
import { repair } from '../policy/fix.ts';
import { judge } from '../policy/evaluate.ts';
import type { ManifestCheck } from './check-manifest.ts';

/** A file after its repair. */
export interface FixedManifest {
  readonly text: string;
  /** What was done, a line each. */
  readonly notes: readonly string[];
  /** What could not be done, a line each. */
  readonly refusals: readonly string[];
}

/** Mends what is safe to mend in every document of a file, and leaves every other byte as it was. */
export function fixManifest(text: string, check: ManifestCheck): FixedManifest {
  const notes: string[] = [];
  const refusals: string[] = [];
  let fixed = text;
  let index = -1;
  for (const entry of readManifest(text)) {
    index += 1;
    if (!entry.ok) continue;
    const { value, start } = entry.document;
    const { findings } = judge(value, check.policy, check.nowMs, { namespace: check.namespace });
    const wanted = repair(value, findings.filter(({ fixable }) => fixable));
    if (wanted.operations.length === 0) continue;
    const edited: EditResult = editManifest(fixed, [{ documentIndex: index, operations: wanted.operations }]);
    if (edited.ok) {
      fixed = edited.text;
      notes.push(...wanted.notes.map((note) => `line ${start.line}: ${note}`));
    } else {
      refusals.push(`line ${start.line}: ${edited.reason}`);
    }
  }
  return { text: fixed, notes, refusals };
}
