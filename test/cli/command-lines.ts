import { everyCommand } from './commands.ts';

/** An exit code, the line that has it, and who asks the cluster. */
export type CommandLine = readonly [code: number, line: string, as?: 'administrator' | 'viewer' | 'nobody'];

/**
 * Command lines with the exit code that each has, in order: one may need what another has made. `$F` is a folder; a command
 * that reaches a cluster does so as an administrator, as `viewer` who sees pods alone, or as `nobody`.
 */
export const commandLines: readonly CommandLine[] = [
  [0, 'check $F/clean.yaml'],
  [1, 'check $F/clean.yaml --policy $F/wrong.yaml'],
  [2, 'check $F/clean.yaml --rule none'],
  [3, 'check $F/offender.yaml'],
  [4, 'check $F/missing.yaml'],
  [0, 'audit', 'administrator'],
  [1, 'audit', 'nobody'],
  [2, 'audit --fail-on-new', 'administrator'],
  [3, 'audit --fail-on deny', 'administrator'],
  [3, 'audit --enforce-check', 'administrator'],
  [4, 'audit', 'viewer'],
  [0, 'investigate pod/bare -n shop', 'administrator'],
  [1, 'investigate pod/bare -n shop', 'nobody'],
  [2, 'investigate', 'administrator'],
  [4, 'investigate pod/bare -n shop', 'viewer'],
  ...['investigate rbac', 'who'].flatMap(
    (command) =>
      [
        [0, command, 'administrator'],
        [1, command, 'nobody'],
        [2, `${command} --fail-on new`, 'administrator'],
        [3, `${command} --fail-on possible`, 'administrator'],
        [4, command, 'viewer'],
      ] as const,
  ),
  [0, 'remediate plan deployment/web -n shop --plan $F/plan.json', 'administrator'],
  [1, 'remediate plan deployment/web -n shop --plan $F/none.json', 'nobody'],
  [2, 'remediate plan --plan $F/none.json', 'administrator'],
  [3, 'remediate plan deployment/gone -n shop --plan $F/refused.json', 'administrator'],
  [1, 'remediate apply $F/missing.json --yes', 'administrator'],
  [2, 'remediate apply $F/plan.json', 'administrator'],
  [3, 'remediate apply $F/plan.json --yes --max-targets 0', 'administrator'],
  [0, 'remediate apply $F/plan.json --yes --case $F/case', 'administrator'],
  [0, 'remediate verify $F/case', 'administrator'],
  [1, 'remediate verify $F/missing', 'administrator'],
  [2, 'remediate verify', 'administrator'],
  [2, 'remediate undo $F/case', 'administrator'],
  [0, 'remediate undo $F/case --yes', 'administrator'],
  [1, 'remediate undo $F/missing --yes', 'administrator'],
  [3, 'remediate verify $F/case', 'administrator'],
  [0, 'remediate rbac -n shop --out $F/rbac', 'administrator'],
  [1, 'remediate rbac -n shop --out $F/rbac-none', 'nobody'],
  [2, 'remediate rbac --path none', 'administrator'],
  [4, 'remediate rbac --subject User:maker --path L2 --out $F/rbac-part', 'viewer'],
  [0, 'rehearse -n quiet', 'administrator'],
  [1, 'rehearse -n quiet', 'nobody'],
  [2, 'rehearse --to-context test', 'administrator'],
  [3, 'rehearse -n shop', 'administrator'],
  [4, 'rehearse -n quiet', 'viewer'],
  [0, 'policy show'],
  [1, 'policy show --policy $F/wrong.yaml'],
  [0, 'policy validate $F/policy.yaml'],
  [1, 'policy validate $F/wrong.yaml'],
  [2, 'policy validate'],
  [0, 'policy explain host-network'],
  [2, 'policy explain none'],
  [0, 'policy schema'],
  [2, 'policy schema more'],
  [0, 'policy compile'],
  [1, 'policy compile --policy $F/wrong.yaml'],
  [1, 'serve --policy $F/wrong.yaml --development'],
  [2, 'serve --port none'],
  [1, 'listen --cert-file $F/missing --key-file $F/missing --secret-file $F/missing --cases $F/cases'],
  [2, 'listen --port none'],
  [3, 'certs status', 'administrator'],
  [1, 'certs status', 'nobody'],
  [3, 'certs rotate', 'administrator'],
  [1, 'certs init -n nowhere', 'administrator'],
  [0, 'certs init', 'administrator'],
  [2, 'certs init --none', 'administrator'],
];

/** The command that a line runs. */
export function commandOf([, line]: CommandLine): string {
  const longestFirst = everyCommand().toSorted((one, other) => other.words.length - one.words.length);
  return longestFirst.find(({ words }) => `${line} `.startsWith(`${words} `))?.words ?? line;
}

/** For each command, one line that does what it is for. */
export function linesThatPrint(): ReadonlyMap<string, CommandLine> {
  const found = new Map<string, CommandLine>();
  for (const line of commandLines) {
    const command = commandOf(line);
    if (line[0] !== 1 && line[0] !== 2 && !found.has(command)) found.set(command, line);
  }
  return found;
}
