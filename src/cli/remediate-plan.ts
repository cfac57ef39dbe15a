import { readFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { auditCluster } from '../audit/audit-cluster.ts';
import { createPace } from '../cluster/pace.ts';
import { strictText } from '../mounted-files/strict-text.ts';
import type { Action, ObjectReference } from '../policy/finding.ts';
import type { Policy } from '../policy/policy.ts';
import { makePlan } from '../remediate/make-plan.ts';
import type { FindingSelector, SelectableFinding } from '../remediate/named-targets.ts';
import { findingsOfReport, namedTarget, ownersOf } from '../remediate/named-targets.ts';
import { offencesBy } from '../remediate/offences.ts';
import { planText } from '../remediate/plan-file.ts';
import type { Step } from '../remediate/situation.ts';
import type { Report } from '../report/report.ts';
import { findingsOf, ownerOf } from '../report/report.ts';
import { plainLine } from '../report/terminal.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { flagsOf } from './connection-options.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';
import { loadPolicy, policyFlag } from './load-policy.ts';
import { checkPlanPlace } from './plan-place.ts';
import type { Session } from './remediate-cluster.ts';
import { withCluster } from './remediate-cluster.ts';
import { planTable } from './remediate-table.ts';
import { replaceFile } from './replace-file.ts';
import { UsageError } from './usage-error.ts';

export interface RemediatePlanOptions extends ConnectionOptions {
  readonly namespace?: string | undefined;
  readonly allNamespaces: boolean;
  /** A JSON report of `audit` or `investigate`. */
  readonly from?: string | undefined;
  readonly policy?: string | undefined;
  readonly rules: readonly string[];
  readonly atLeast: Exclude<Action, 'off'>;
  readonly step?: Step | undefined;
  readonly fixHost: boolean;
  readonly minHealthy?: number | undefined;
  readonly maxTargets: number;
  readonly overrideGitops: boolean;
  readonly seawallNamespace: string;
  /** Where the plan is written. */
  readonly plan: string;
  readonly output: 'table' | 'json';
}

/** `seawall remediate plan`: says what would be done, and writes it down. It changes nothing. */
export async function remediatePlanCommand(
  words: readonly string[],
  options: RemediatePlanOptions,
  io: CommandIo,
): Promise<number> {
  checkSources(words, options);
  await checkPlanPlace(options.plan, flagsOf(options));
  const policy = await loadPolicy(options.policy);
  for (const rule of options.rules) {
    if (policy.rules.some(({ definition }) => definition.id === rule)) continue;
    throw new UsageError(`there is no rule ${plainLine(rule, 100)}; \`seawall policy show\` lists them`);
  }
  return withCluster(options, io, async (session) => {
    const selector = { rules: new Set(options.rules), atLeast: options.atLeast, namespace: options.namespace };
    const targets = await targetsOf(words, options, selector, policy, session);
    const { step, fixHost, minHealthy, maxTargets, overrideGitops: overrideGitOps } = options;
    const plan = await makePlan(session.client, {
      targets,
      namedNamespaces: new Set(options.namespace === undefined ? [] : [options.namespace]),
      ownNamespace: options.seawallNamespace,
      offences: offencesBy(policy, session.now(), selector),
      policy,
      wishes: { step, fixHost, minHealthy },
      overrideGitOps,
      maxTargets,
      cluster: session.identity,
      nowMs: session.now(),
      suffix: randomBytes(3).toString('hex'),
    });
    const text = planText(plan);
    await replaceFile(options.plan, [text]);
    io.stdout(
      options.output === 'json'
        ? text
        : planTable(plan, options.plan, `${flagsOf(options)}${policyFlag(options.policy)}`),
    );
    return plan.refused.length > 0 ? exitCodes.findings : exitCodes.ok;
  });
}

function checkSources(words: readonly string[], { from, allNamespaces, namespace, rules }: RemediatePlanOptions): void {
  if (allNamespaces && namespace !== undefined) throw new UsageError('-A and -n do not go together');
  if (words.length > 0 && (from !== undefined || allNamespaces)) {
    throw new UsageError('name targets, or give a report (--from), or all namespaces (-A); not several of them');
  }
  if (words.length === 0 && from === undefined && rules.length === 0) {
    throw new UsageError('name targets, as deployment/web; or a report (--from); or -A or -n with a --rule');
  }
}

/** The owners of what was named, reported, or found by a scan of now. */
async function targetsOf(
  words: readonly string[],
  options: RemediatePlanOptions,
  selector: FindingSelector,
  policy: Policy,
  session: Session,
): Promise<ObjectReference[]> {
  if (words.length > 0) {
    return words.map((word) => {
      const target = namedTarget(word, options.namespace ?? session.namespace);
      if (typeof target === 'string') throw new UsageError(target);
      return target;
    });
  }
  if (options.from !== undefined) return ownersOf(findingsOfReport(await textOf(options.from), options.from), selector);
  if (!options.allNamespaces && options.namespace === undefined) throw new UsageError('--rule goes with -A or -n');
  const { report } = await auditCluster(session.client, {
    policy,
    nowMs: session.now(),
    namespace: options.namespace,
    cluster: session.identity.context,
    list: { pace: createPace(50), signal: session.signal },
  });
  return ownersOf(selectable(report), selector);
}

async function textOf(file: string): Promise<string> {
  try {
    return strictText(await readFile(file));
  } catch (cause) {
    throw new Error(`${file}: cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

function selectable(report: Report): SelectableFinding[] {
  return findingsOf(report).map((finding) => ({
    rule: finding.rule,
    action: finding.action,
    owner: ownerOf(finding),
  }));
}
