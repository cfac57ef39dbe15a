import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest } from '../../src/manifest/read.ts';
import { placedObjects, podViews } from '../../src/policy/pod-views.ts';
import type { Fields } from './pods.ts';

/** Every pod that the manifests below a folder would make: pods, and what stands in the templates of workloads. */
export function podManifestsIn(folder: string): { readonly what: string; readonly pod: Fields }[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(?:ya?ml|json|manifest)$/.test(name),
  );
  return files
    .sort()
    .flatMap((file) => podsIn(readFileSync(join(folder, file), 'utf8')).map((pod) => ({ what: file, pod })));
}

function podsIn(text: string): Fields[] {
  return [...readManifest(text)].flatMap((entry) => {
    if (!entry.ok) return [];
    return placedObjects(entry.document.value)
      .flatMap((object) => podViews(object, []))
      .filter(({ spec }) => Array.isArray(spec['containers']))
      .map(({ metadata, spec }) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { annotations: metadata['annotations'] },
        spec,
      }));
  });
}
