import type { DocumentEdit } from '../manifest/edit.ts';
import { editManifest } from '../manifest/edit.ts';
import { readManifest } from '../manifest/read.ts';
import { repair } from '../policy/fix.ts';
import type { ManifestCheck } from './check-manifest.ts';
import { judgeObjects } from './check-manifest.ts';

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
  const edits: (DocumentEdit & { readonly notes: readonly string[]; readonly line: number })[] = [];
  let documentIndex = -1;
  for (const entry of readManifest(text)) {
    documentIndex += 1;
    if (!entry.ok) continue;
    const { value, start } = entry.document;
    const wanted = [...judgeObjects(value, check)].flatMap(({ findings }) => findings.filter(({ fixable }) => fixable));
    if (wanted.length > 0) edits.push({ documentIndex, ...repair(value, wanted), line: start.line });
  }
  if (edits.length === 0) return { text, notes: [], refusals: [] };
  const edited = editManifest(text, edits);
  const refused = new Map(edited.ok ? [] : edited.refused.map((each) => [each.documentIndex, each.reason]));
  return {
    text: edited.text,
    notes: edits
      .filter((edit) => !refused.has(edit.documentIndex))
      .flatMap(({ notes, line }) => notes.map((note) => `line ${line}: ${note}`)),
    refusals: [...refused.values()],
  };
}
