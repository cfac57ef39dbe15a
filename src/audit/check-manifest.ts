import type { ManifestDocument } from '../manifest/read.ts';
import { readManifest } from '../manifest/read.ts';
import type { ObjectVerdict } from '../policy/evaluate.ts';
import { judgeObject } from '../policy/evaluate.ts';
import type { Finding } from '../policy/finding.ts';
import { asObject, asString } from '../policy/json.ts';
import { placedObjects } from '../policy/pod-views.ts';
import type { Policy } from '../policy/policy.ts';
import type { JudgedObject } from '../report/report.ts';
import type { FindingPlace, ReportBuilder } from '../report/report-builder.ts';
import { toReportFinding } from '../report/report-builder.ts';
import { containerImage } from './container-image.ts';
import { detailOf } from './finding-detail.ts';

/** What a check of files is asked for. */
export interface ManifestCheck {
  readonly policy: Policy;
  readonly nowMs: number;
  /** Namespace of objects that name none. */
  readonly namespace: string;
  /** Whether the excerpt, fix and command of each finding are wanted too. */
  readonly detail?: boolean;
}

/** Judges every document of a file and adds what it says to the report; a broken document is an error in it. */
export function checkManifest(file: string, text: string, check: ManifestCheck, report: ReportBuilder): void {
  let lines: readonly string[] | undefined;
  for (const entry of readManifest(text)) {
    if (!entry.ok) {
      report.addError({ message: entry.error.message, source: { file, ...entry.error.position } });
      continue;
    }
    if (check.detail === true) lines ??= text.split('\n');
    for (const judged of judgeDocument(file, entry.document, check, lines)) report.add(judged);
  }
}

/** Judges each object of a document's value, in the namespace that it goes to: its own, else the one that the caller names. */
export function* judgeObjects(value: unknown, check: ManifestCheck): Generator<ObjectVerdict> {
  for (const placed of placedObjects(value)) {
    const namespace = asString(asObject(placed.value['metadata'])['namespace']) || check.namespace;
    yield judgeObject(placed, check.policy, check.nowMs, { namespace });
  }
}

/** Findings of one document that get a detail: each copies its container, and a hostile one has thousands of both. */
const maxDetailed = 200;

function* judgeDocument(
  file: string,
  document: ManifestDocument,
  check: ManifestCheck,
  lines: readonly string[] | undefined,
): Generator<JudgedObject> {
  let detailed = 0;
  const place = (finding: Finding, exemption?: string): FindingPlace => {
    const image = containerImage(document.value, finding);
    const source = { file, ...document.locate(finding.path) };
    return {
      ...(image !== '' && { image }),
      source,
      ...(exemption !== undefined && { exemption }),
      ...(lines !== undefined &&
        detailed++ < maxDetailed && { detail: detailOf(document.value, finding, source, lines) }),
    };
  };
  for (const { object, findings, exempted } of judgeObjects(document.value, check)) {
    yield {
      object,
      findings: findings.map((finding) => toReportFinding(finding, place(finding))),
      exempted: exempted.map(({ finding, exemption }) => toReportFinding(finding, place(finding, exemption))),
    };
  }
}
