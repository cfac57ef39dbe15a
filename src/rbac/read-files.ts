import type { ManifestFile, ManifestFileError } from '../manifest/files.ts';
import { readManifest } from '../manifest/read.ts';
import { placedObjects } from '../policy/pod-views.ts';
import type { ReportError } from '../report/report.ts';
import type { RbacSnapshot } from './collect.ts';
import { RbacCollector } from './collect.ts';

export interface FilesRbac {
  readonly snapshot: RbacSnapshot;
  readonly errors: readonly ReportError[];
  /** Objects that decide anything. */
  readonly objects: number;
}

/** Reads what decides of manifests, or of what `kubectl get -o json` wrote. */
export async function readRbacFiles(files: AsyncIterable<ManifestFile | ManifestFileError>): Promise<FilesRbac> {
  const collector = new RbacCollector();
  const errors: ReportError[] = [];
  let objects = 0;
  for await (const file of files) {
    if ('error' in file) {
      errors.push({ message: file.error, source: { file: file.name, line: 1, column: 1 } });
      continue;
    }
    for (const value of documentsOf(file, errors)) {
      for (const placed of placedObjects(value)) {
        if (collector.add(placed.value, placed.apiVersion, placed.kind)) objects += 1;
      }
    }
  }
  return { snapshot: collector.snapshot(false), errors, objects };
}

/** JSON as kubectl writes it is read by JSON.parse, ten times as fast as the reader of YAML. */
function* documentsOf({ name, text }: ManifestFile, errors: ReportError[]): Generator {
  if (text.startsWith('{')) {
    try {
      yield JSON.parse(text);
      return;
    } catch {
      // Several documents, or YAML's flow style; what is broken is told by the reader below, with its place.
    }
  }
  for (const entry of readManifest(text)) {
    if (entry.ok) yield entry.document.value;
    else errors.push({ message: entry.error.message, source: { file: name, ...entry.error.position } });
  }
}
