import type { FieldPath, Finding } from '../policy/finding.ts';
import { asString, valueAt } from '../policy/json.ts';
import type { PodView } from '../policy/pod-spec.ts';
import type { PlacedObject } from '../policy/pod-views.ts';
import { podViews } from '../policy/pod-views.ts';
import type { Policy } from '../policy/policy.ts';
import { containerImage } from './container-image.ts';

/** What findings rest on: what an exemption has to name to cover them. */
export interface Grounds {
  /** As they are written; '' where something has none, which no exemption of images covers. */
  readonly images: readonly string[];
  /** `shop/agent`; without the second part where the account is not in sight. */
  readonly serviceAccounts: readonly string[];
}

/** What the findings of one object rest on. */
export function groundsOf(
  object: PlacedObject,
  findings: readonly Finding[],
  policy: Policy,
  namespace: string,
): Grounds {
  if (findings.length === 0) return { images: [], serviceAccounts: [] };
  const views = podViews(object, policy.kinds);
  const byPath = new Map(views.map((view) => [keyOf(view.specPath), view]));
  const images = new Set<string>();
  // An object may have thousands of findings, views and containers: each view is looked at once.
  const concerned = new Set<PodView>();
  const whole = new Set<PodView>();
  let everyView = false;
  for (const finding of findings) {
    const view = viewAround(finding.path, byPath);
    const image = imageOf(object, finding);
    if (view === undefined) everyView = true;
    else concerned.add(view);
    if (image !== undefined) images.add(image);
    else if (view !== undefined) whole.add(view);
  }
  for (const { containers } of everyView ? views : whole) {
    if (containers.length === 0) images.add('');
    for (const { value } of containers) images.add(asString(value['image']));
  }
  const accounts = [...(everyView ? views : concerned)].map(
    ({ serviceAccount = '' }) => `${namespace}/${serviceAccount}`,
  );
  return { images: [...images], serviceAccounts: [...new Set(accounts)] };
}

/** The image that a finding rests on alone, of a container or of an image volume; undefined where it is about the pod. */
function imageOf({ value }: PlacedObject, finding: Finding): string | undefined {
  const { containerPath, path } = finding;
  if (containerPath !== undefined) return containerImage(value, finding);
  return path.at(-1) === 'reference' && path.at(-2) === 'image' ? asString(valueAt(value, path)) : undefined;
}

/** The view that a field stands in; undefined for one above the pod specs, which all of them have. */
function viewAround(path: FieldPath, views: ReadonlyMap<string, PodView>): PodView | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const view = views.get(keyOf(path.slice(0, length)));
    if (view !== undefined) return view;
  }
  return undefined;
}

function keyOf(path: FieldPath): string {
  return JSON.stringify(path);
}
