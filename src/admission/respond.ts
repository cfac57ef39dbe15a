import { compareSeverities, countOf } from '../policy/finding.ts';
import { serializePatch } from '../policy/json-patch.ts';
import { objectInWords } from './object-in-words.ts';
import type { Outcome } from './outcome.ts';
import { silence } from './outcome.ts';
import type { AdmissionRequest, AdmissionResponse } from './review.ts';
import { allowText, reviewText } from './review.ts';
import type { ToldFinding } from './wording.ts';
import {
  annotationText,
  countOfTold,
  cutToBytes,
  denialCauses,
  denialMessage,
  joinWithin,
  told,
  warningLines,
  warningText,
} from './wording.ts';

/** Most findings that are put in words as warnings; their bytes run out before. */
const maxWarnings = 200;

/** The review that tells an outcome. */
export function outcomeText(request: AdmissionRequest, outcome: Outcome, policyName: string): string {
  const { uid } = request;
  return outcome === silence ? allowText(uid) : reviewText(uid, responseOf(request, outcome, policyName));
}

/** The review that refuses a request in a form that Seawall does not speak, to whoever has a uid. */
export function foreignText(uid: string, problem: string): string {
  const message = `Seawall cannot judge this request: ${problem}`;
  return reviewText(uid, {
    allowed: false,
    status: { status: 'Failure', code: 400, reason: 'BadRequest', message },
  });
}

function responseOf(request: AdmissionRequest, outcome: Outcome, policyName: string): AdmissionResponse {
  const { mending } = outcome;
  const denied = outcome.denied.map(told);
  const warned = outcome.warned.map(told);
  const worstWarned = worstFirst(warned);
  const warnings = warningLines(
    [...(mending?.told ?? []).map((note) => `seawall: ${note}`), ...worstWarned.slice(0, maxWarnings).map(warningText)],
    countOfTold(worstWarned) - Math.min(worstWarned.length, maxWarnings),
  );
  return {
    allowed: denied.length === 0,
    status: denied.length === 0 ? undefined : denial(worstFirst(denied), request, policyName),
    patchType: mending === undefined ? undefined : 'JSONPatch',
    patch:
      mending === undefined ? undefined : Buffer.from(serializePatch(mending.repair.operations)).toString('base64'),
    warnings: warnings.length === 0 ? undefined : warnings,
    auditAnnotations: annotationsOf(outcome, denied, warned),
  };
}

function denial(
  worst: readonly ToldFinding[],
  request: AdmissionRequest,
  policyName: string,
): AdmissionResponse['status'] {
  return {
    status: 'Failure',
    code: 403,
    reason: 'Forbidden',
    message: denialMessage(worst, objectInWords(request), policyName),
    details: { causes: denialCauses(worst) },
  };
}

/** Keys without a slash: the API server puts the name of the webhook and a slash in front of them. */
function annotationsOf(
  { audited, exempted, mending, spared }: Outcome,
  denied: readonly ToldFinding[],
  warned: readonly ToldFinding[],
): Record<string, string> {
  const annotations: Record<string, string> = {};
  if (denied.length > 0) annotations['denied'] = annotationText(denied);
  if (warned.length > 0) annotations['warned'] = annotationText(warned);
  if (audited.length > 0) annotations['audited'] = annotationText(audited.map(told));
  if (exempted.length > 0) {
    annotations['exempted'] = joinWithin(
      exempted,
      ({ finding, exemption }) => `${exemption}: ${finding.rule}`,
      countOf(exempted.map(({ finding }) => finding)),
    );
  }
  if (mending !== undefined)
    annotations['repaired'] = cutToBytes(
      joinWithin(mending.repair.notes, (note) => note),
      2_000,
    );
  if (spared !== undefined) annotations['spared'] = spared;
  return annotations;
}

function worstFirst(findings: readonly ToldFinding[]): readonly ToldFinding[] {
  if (findings.length < 2) return findings;
  return findings.toSorted((one, other) => compareSeverities(one.finding.severity, other.finding.severity));
}
