/** An exemption of the policy file, ready to be matched. */
export interface Exemption {
  readonly name: string;
  readonly reason: string;
  readonly owner: string;
  /** The first instant (ms since the epoch) at which it is no longer in force; undefined for one without an end. */
  readonly expiresMs: number | undefined;
  readonly rules: ReadonlySet<string>;
  /** Each of the three is undefined where the exemption does not name it; all that it names must match. */
  readonly namespaces: ((namespace: string) => boolean) | undefined;
  readonly images: ((image: string) => boolean) | undefined;
  readonly serviceAccounts: ((namespace: string, name: string) => boolean) | undefined;
}

/** What a finding is held against: where its pod lives, as whom it runs, and the images that it rests on. */
export interface ExemptionSubject {
  readonly rule: string;
  /** '' for an object of the whole cluster. */
  readonly namespace: string;
  /** Undefined where it is not in sight: no exemption that names accounts covers it. */
  readonly serviceAccount: string | undefined;
  /** '' for a container that names no image. */
  readonly images: readonly string[];
}

/** The name of the first exemption in force at `nowMs` that covers the subject, or undefined. */
export function exemptedBy(
  exemptions: readonly Exemption[],
  subject: ExemptionSubject,
  nowMs: number,
): string | undefined {
  for (const exemption of exemptions) {
    if (!exemption.rules.has(subject.rule)) continue;
    if (exemption.expiresMs !== undefined && nowMs >= exemption.expiresMs) continue;
    // An object of the whole cluster is in no namespace, and `*` is any namespace.
    if (subject.namespace === '' && (exemption.namespaces ?? exemption.serviceAccounts) !== undefined) continue;
    if (exemption.namespaces !== undefined && !exemption.namespaces(subject.namespace)) continue;
    if (exemption.serviceAccounts !== undefined && !coversAccount(exemption.serviceAccounts, subject)) continue;
    if (exemption.images !== undefined && !everyImage(subject.images, exemption.images)) continue;
    return exemption.name;
  }
  return undefined;
}

/** A finding that rests on no image at all is covered by none. */
function everyImage(images: readonly string[], matches: (image: string) => boolean): boolean {
  return images.length > 0 && images.every((image) => image !== '' && matches(image));
}

function coversAccount(
  covers: (namespace: string, name: string) => boolean,
  { namespace, serviceAccount }: ExemptionSubject,
): boolean {
  return serviceAccount !== undefined && covers(namespace, serviceAccount);
}
