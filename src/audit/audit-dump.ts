import type { HeldSizes } from '../manifest/dump-documents.ts';
import { dumpDocuments } from '../manifest/dump-documents.ts';
import type { ManifestFileError, ManifestSource } from '../manifest/files.ts';
import type { JsonObject } from '../policy/finding.ts';
import { asObject, asString, isObject } from '../policy/json.ts';
import type { PlacedObject } from '../policy/pod-views.ts';
import { maxListDepth, placedObjects, podViews } from '../policy/pod-views.ts';
import type { Policy } from '../policy/policy.ts';
import { sitesOf } from '../policy/workload-kinds.ts';
import type { Report, ReportError } from '../report/report.ts';
import { auditReport } from './audit-report.ts';
import type { Baseline } from './baseline.ts';
import { coverageOf, repairsPods } from './coverage.ts';
import { groupOf } from './owners.ts';
import type { NamespaceLabels } from './scan-cluster.ts';
import { ScanLedger } from './scan-ledger.ts';
import type { RegisteredWebhook } from './webhooks.ts';
import { registeredWebhooks } from './webhooks.ts';

export interface DumpAuditOptions {
  readonly policy: Policy;
  readonly nowMs: number;
  /** Only what is in this namespace. */
  readonly namespace?: string | undefined;
  readonly baseline?: Baseline | undefined;
  /** Whether somebody reads how each finding is mended. */
  readonly detail?: boolean;
  /** How much of a file is in memory. @default 64 MiB of a file, 8 MiB of a larger one */
  readonly held?: HeldSizes;
}

export interface DumpAudit {
  readonly report: Report;
  readonly pods: number;
  readonly templates: number;
}

/** Holds the policy against files that `kubectl get -o json` wrote, of any size. */
export async function auditDump(
  files: AsyncIterable<ManifestSource | ManifestFileError>,
  options: DumpAuditOptions,
): Promise<DumpAudit> {
  const dump = new Dump(options);
  await dump.read(files);
  return dump.finish();
}

class Dump {
  readonly #options: DumpAuditOptions;
  readonly #ledger: ScanLedger;
  readonly #errors: ReportError[] = [];
  readonly #namespaces: NamespaceLabels[] = [];
  readonly #webhooks: RegisteredWebhook[] = [];

  constructor(options: DumpAuditOptions) {
    this.#options = options;
    this.#ledger = new ScanLedger(options.policy, options.nowMs, { detail: options.detail === true });
  }

  async read(files: AsyncIterable<ManifestSource | ManifestFileError>): Promise<void> {
    for await (const file of files) {
      let isEmpty = true;
      const unread = (part: ReportError): void => {
        isEmpty = false;
        this.#errors.push(part);
      };
      const source = { file: file.name, line: 1, column: 1 };
      for await (const value of dumpDocuments(file, unread, this.#options.held)) {
        isEmpty = false;
        for (const placed of placedObjects(value)) this.#add(placed);
        if (isTooDeep(value)) unread({ message: `more than ${maxListDepth} Lists stand in each other`, source });
      }
      // Of nothing kubectl prints an empty List: a file with less is what a command leaves that failed.
      if (isEmpty) unread({ message: 'it is empty, and no dump', source });
    }
  }

  finish(): DumpAudit {
    const { policy, nowMs, namespace, baseline } = this.#options;
    const ledger = this.#ledger;
    // Whoever dumps webhooks and namespaces wants to know what they cover; without them nothing can be said.
    const known = this.#namespaces.length > 0 && this.#webhooks.length > 0;
    const report = auditReport(ledger, {
      policy,
      nowMs,
      cluster: undefined,
      namespace,
      coverage: known ? coverageOf(this.#namespaces, [], this.#webhooks, policy) : undefined,
      repairs: repairsPods(this.#webhooks, this.#namespaces),
      unseen: [],
      errors: this.#errors,
      baseline,
    });
    return { report, pods: ledger.pods, templates: ledger.templates };
  }

  #addNamespace(found: NamespaceLabels): void {
    const { namespace } = this.#options;
    if (namespace === undefined || namespace === found.name) this.#namespaces.push(found);
  }

  #add(placed: PlacedObject): void {
    const { policy, nowMs, namespace: wanted } = this.#options;
    // The path counts from the object: that it stood in a list says nothing to who reads its name.
    const value = inNamespace(placed.value);
    const object: PlacedObject = { ...placed, value, path: [] };
    const { apiVersion, kind } = object;
    const group = groupOf(apiVersion);
    if (group === '' && kind === 'Namespace') this.#addNamespace(labelsOf(value));
    if (group === 'admissionregistration.k8s.io') {
      const which = kind === 'ValidatingWebhookConfiguration' ? 'validating' : 'mutating';
      this.#webhooks.push(...registeredWebhooks(value, which, nowMs));
    }
    const namespace = asString(asObject(value['metadata'])['namespace']);
    if (wanted !== undefined && namespace !== wanted) return;
    if (group === '' && kind === 'Pod') this.#ledger.addPod(value, namespace);
    else if (sitesOf(group, kind, policy.kinds).known.length > 0 || podViews(object, policy.kinds).length > 0) {
      this.#ledger.addWorkload(value, apiVersion, kind, namespace);
    }
  }
}

/** The object in the namespace that it goes to: what has a uid comes from a cluster, where one without a namespace is in none. */
function inNamespace(value: JsonObject): JsonObject {
  const metadata = asObject(value['metadata']);
  if (asString(metadata['namespace']) !== '' || metadata['uid'] !== undefined) return value;
  return { ...value, metadata: { ...metadata, namespace: 'default' } };
}

/** Whether Lists are in it that nobody looks into: JSON may be deeper than the reader of manifests lets YAML be. */
function isTooDeep(value: unknown, depth = 0): boolean {
  const items = isObject(value) ? value['items'] : undefined;
  return Array.isArray(items) && (depth >= maxListDepth || items.some((item) => isTooDeep(item, depth + 1)));
}

function labelsOf(namespace: JsonObject): NamespaceLabels {
  const metadata = asObject(namespace['metadata']);
  return { name: asString(metadata['name']), labels: asObject(metadata['labels']) };
}
