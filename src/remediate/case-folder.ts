import { chmod, mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { strictText } from '../mounted-files/strict-text.ts';
import type { JsonObject } from '../policy/finding.ts';
import { asObject } from '../policy/json.ts';
import { yamlText } from '../report/yaml.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { BackedUpTarget } from './backup.ts';
import type { Journal } from './journal.ts';
import { isFinished, openJournal, readRecords, stateOf } from './journal.ts';
import type { Plan } from './plan.ts';
import { parse, planText, readPlan } from './plan-file.ts';
import { RemediationFileError } from './reading.ts';
import { reappliable, redact, redacted } from './redact.ts';
import { uidOf } from './kinds.ts';
import { sha256 } from './spec-hash.ts';

/*
 * A case folder is for its owner alone: 0700, files 0600. What is there to be read and passed on has no values of environment
 * variables and HTTP headers. To undo a change of fields takes none of them: the plan holds the inverse, field by field, and the hash that the
 * spec must have again. A pod that is ended and that nothing makes anew is the exception: to create it again takes all of it,
 * so it is kept whole, apart, below private/.
 */

const files = { plan: 'plan.json', journal: 'journal.jsonl', sums: 'SHA256SUMS' } as const;

/** A case on disk. */
export interface CaseFolder {
  readonly path: string;
  readonly plan: Plan;
  readonly journal: Journal;
}

/** Whether the backup of a target is whole; before that it is not changed. */
export function isBackedUp({ journal }: Pick<CaseFolder, 'journal'>, target: number): boolean {
  return journal.records.some((record) => record.event === 'opened' && record.target === target);
}

/**
 * Makes the folder of a case, or finds the one that a run before has left.
 * @throws where it is of another plan
 */
export async function openCaseFor(plan: Plan, path: string, now: () => number): Promise<CaseFolder> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const planPath = join(path, files.plan);
  const text = planText(plan);
  const there = await textOrNothing(planPath);
  // Somebody's own folder must not be closed to others, nor filled.
  if (there === undefined && (await readdir(path)).length > 0) {
    throw new RemediationFileError(`${path}: it is not empty, and no case; name another folder (--case)`);
  }
  if (there !== undefined && there !== text) {
    throw new RemediationFileError(`${path} is the case of another plan; name another folder (--case)`);
  }
  await chmod(path, 0o700);
  if (there === undefined) await writePrivate(planPath, text);
  return { path, plan, journal: await openJournal(join(path, files.journal), now) };
}

/** The folder of a plan's case where no other is named: beside the plan. */
export function caseBeside(planFile: string, { id }: Pick<Plan, 'id'>): string {
  return join(dirname(planFile), `seawall-case-${id}`);
}

/** Whether the case in this folder has changed something, and has neither come to its end nor been taken back. */
export async function isCaseOpen({ targets }: Plan, path: string): Promise<boolean> {
  const journal = join(path, files.journal);
  const records = readRecords((await textOrNothing(journal)) ?? '', journal);
  if (isFinished(records)) return false;
  const states = targets.flatMap(({ changes }, target) =>
    changes.map((_, change) => stateOf(records, target, change).state),
  );
  return states.some((state) => state !== 'untouched' && state !== 'undone');
}

/** Opens a case that was applied. @throws where there is none */
export async function openCase(path: string, now: () => number): Promise<CaseFolder> {
  const planPath = join(path, files.plan);
  const text = await textOrNothing(planPath);
  const journal = await textOrNothing(join(path, files.journal));
  if (text === undefined || journal === undefined) {
    throw new RemediationFileError(
      `${path}: it is no case of seawall remediate apply (${files.plan}, ${files.journal})`,
    );
  }
  return { path, plan: readPlan(text, planPath), journal: await openJournal(join(path, files.journal), now) };
}

async function textOrNothing(path: string): Promise<string | undefined> {
  try {
    return strictText(await readFile(path));
  } catch (cause) {
    if (typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new Error(`${path}: cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

/** Writes the backup of one target and its sums, and says in the journal that it is whole. */
export async function writeBackup(
  { path, journal }: CaseFolder,
  target: number,
  { folder, object, chain, pods, events, images, rights, whole }: BackedUpTarget,
  user: string,
): Promise<void> {
  const sums: string[] = [];
  const write = async (name: string, text: string): Promise<void> => {
    await writePrivate(join(path, name), text);
    sums.push(`${sha256(text)}  ${name}\n`);
  };
  const clean = redact(object);
  const name = (file: string): string => join('targets', folder, file);
  await write(name('object.json'), json(clean));
  await write(name('manifest.yaml'), `${manifestHead(object)}${yamlText(reappliable(clean))}`);
  await write(name('chain.json'), json(chain.map(redact)));
  await write(name('pods.json'), json(pods.map(redact)));
  await write(name('events.json'), json(events));
  await write(name('images.json'), json(images));
  await write(name('rights.json'), json(rights));
  for (const pod of whole) await write(join('private', `${uidOf(pod)}.json`), json(pod));
  const before = (await textOrNothing(join(path, files.sums))) ?? '';
  const others = before.split('\n').filter((line) => line !== '' && !sums.includes(`${line}\n`));
  await writePrivate(join(path, files.sums), [...others.map((line) => `${line}\n`), ...sums].join(''));
  await journal.append({ event: 'opened', target, user });
}

function manifestHead(object: JsonObject): string {
  const isRedacted = JSON.stringify(redact(object)) !== JSON.stringify(object);
  return isRedacted
    ? `# Values that say "${redacted}" are not those of the object: put them in before this is applied.\n`
    : '';
}

/** A pod that was kept whole. @throws where it was not */
export async function wholePod(path: string, uid: string): Promise<JsonObject> {
  const file = join(path, 'private', `${uid}.json`);
  const text = await textOrNothing(file);
  if (text === undefined) throw new RemediationFileError(`${file}: it is missing, and the pod cannot be made again`);
  return asObject(parse(text, file));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** For the owner alone, and on disk when this returns. */
async function writePrivate(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(path, text, { mode: 0o600, flush: true });
  await chmod(path, 0o600);
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
