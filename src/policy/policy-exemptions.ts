import type { Exemption } from './exemptions.ts';
import { compileExactPatterns } from './image-patterns.ts';
import { parseImageReference } from './image-reference.ts';
import { compileAccountPatterns, compileNameGlobs } from './name-globs.ts';
import type { WrittenExemption } from './written-policy.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** An exemption as the evaluator matches it. */
export function compileExemption(written: WrittenExemption): Exemption {
  return {
    name: written.name,
    reason: written.reason,
    owner: written.owner,
    expiresMs: written.expires === undefined ? undefined : endOfDay(written.expires),
    rules: new Set(written.rules),
    namespaces: written.namespaces === undefined ? undefined : compileNameGlobs(written.namespaces),
    images: written.images === undefined ? undefined : compileImages(written.images),
    serviceAccounts:
      written.serviceAccounts === undefined ? undefined : compileAccountPatterns(written.serviceAccounts),
  };
}

/** The first instant after a day (UTC) written as YYYY-MM-DD: an exemption is in force through the whole of its last day. */
function endOfDay(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) + dayMs;
}

/** The whole canonical reference is matched, host included; a text that is no reference matches nothing. */
function compileImages(patterns: readonly string[]): (image: string) => boolean {
  const matches = compileExactPatterns(patterns);
  return (image) => {
    const reference = parseImageReference(image);
    return !('opaque' in reference) && matches(reference);
  };
}
