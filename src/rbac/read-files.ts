import { documentsOf } from '../manifest/documents-of.ts';
import type { ManifestFile, ManifestFileError } from '../manifest/files.ts';
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
    for (const value of documentsOf(file, (part) => errors.push(part))) {
      for (const placed of placedObjects(value)) {
        if (collector.add(placed.value, placed.apiVersion, placed.kind)) objects += 1;
      }
    }
  }
  return { snapshot: collector.snapshot(false), errors, objects };
}
