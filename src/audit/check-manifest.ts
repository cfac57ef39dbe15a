import type { ManifestDocument } from '../manifest/read.ts';
import { readManifest } from '../manifest/read.ts';
import type { ObjectVerdict } from '../policy/evaluate.ts';
import { judgeObject } from '../policy/evaluate.ts';
import type { Finding } from '../policy/finding.ts';
import { asObject, asString, valueAt } from '../policy/json.ts';
import { placedObjects } from '../policy/pod-views.ts';
import type { Policy } from '../policy/policy.ts';
import type { JudgedObject } from '../report/report.ts';
import type { FindingPlace, ReportBuilder } from '../report/report-builder.ts';
import { toReportFinding } from '../report/report-builder.ts';

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
  for (const entry of readManifest(text)) {
    if (!entry.ok) {
      report.addError({ message: entry.error.message, source: { file, ...entry.error.position } });
      continue;
    }
    for (const judged of judgeDocument(file, entry.document, check)) report.add(judged);
  }
}

/** Judges each object of a document's value, in the namespace that it goes to: its own, else the one that the caller names. */
export function* judgeObjects(value: unknown, check: ManifestCheck): Generator<ObjectVerdict> {
  for (const placed of placedObjects(value)) {
    const namespace = asString(asObject(placed.value['metadata'])['namespace']) || check.namespace;
    yield judgeObject(placed, check.policy, check.nowMs, { namespace });
  }
}

function* judgeDocument(file: string, document: ManifestDocument, check: ManifestCheck): Generator<JudgedObject> {
  const place = (finding: Finding, exemption?: string): FindingPlace => {
    const image = imageOf(document.value, finding);
    return {
      ...(image !== '' && { image }),
      source: { file, ...document.locate(finding.path) },
      ...(exemption !== undefined && { exemption }),
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

/** The image of the container that a finding is about; '' where it is about none. */
function imageOf(value: unknown, { containerPath }: Finding): string {
  return containerPath === undefined ? '' : asString(valueAt(value, [...containerPath, 'image']));
}
