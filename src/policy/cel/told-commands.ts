/* The messages about plain command lines: those that begin with the name of a tool. */
import { compileCommandTools } from '../command-line.ts';
import { findProgram } from '../command-line/programs.ts';
import { programName } from '../command-line/program-names.ts';
import type { Action } from '../finding.ts';
import { falcoTools } from '../network-tools.ts';
import type { ClassSettings } from '../rule.ts';
import { falcoRule } from '../tool-exposure.ts';
import { costOf, quoted, raw } from './expression.ts';
import { podLimits } from './pod.ts';
import { actingClasses, toldWithAccess } from './told-classes.ts';
import type { CelVariable, Told } from './told.ts';
import { nothingTold, ofEachPod, toldOf } from './told.ts';

const { containers } = podLimits;
/** Command lines of a container, and how much of each is looked at. */
const limits = { lines: 6, words: 32, word: 256, first: 120 } as const;

/** The programs that command lines begin with, where no word of the line is one that the kubelet would expand. */
const programs: CelVariable = ofEachPod(
  {
    name: 'programs',
    comment: 'The programs that command lines, hooks and probes begin with; only of short lines without a dollar sign',
    uses: [],
  },
  {
    text: [
      "pod.containers.map(c, {'of': c.name, 'names': dyn(([c.?command.orValue([]) + c.?args.orValue([])]",
      '    + [?c.?livenessProbe.?exec.?command, ?c.?readinessProbe.?exec.?command, ?c.?startupProbe.?exec.?command]',
      '    + [?c.?lifecycle.?postStart.?exec.?command, ?c.?lifecycle.?preStop.?exec.?command])',
      `    .filter(l, size(l) > 0 && size(l) <= ${limits.words} && size(l[0]) <= ${limits.first} && l[0].matches('^[A-Za-z0-9_./][A-Za-z0-9_./+-]*$'))`,
      `    .filter(l, !l.exists(w, size(w) > ${limits.word} || w.contains('$')))`,
      "    .map(l, l[0].substring(l[0].lastIndexOf('/') + 1)))})",
    ].join('\n'),
    cost: containers * (limits.lines * (limits.words * (costOf.contains(limits.word, 1) + 12) + 300) + 300),
    count: containers,
  },
);

/** A message for each line that runs a tool which runs nothing else, where the tool's class has this action. */
export function toldOfCommands(classes: ReadonlyMap<string, ClassSettings>, action: Action): Told {
  const acting = actingClasses(classes, action);
  if (acting.isEmpty) return nothingTold;
  const { classOf } = compileCommandTools([...classes.values()]);
  const plain = [...classOf].filter(([name]) => findProgram(name) === undefined && programName(name) === name);
  const tools: CelVariable = {
    name: 'tools',
    comment: 'The class of each tool that runs nothing but itself',
    value: raw(`{\n${plain.map(([name, each]) => `  ${quoted(name)}: ${quoted(each)},`).join('\n')}\n}`, 40),
    uses: [],
  };
  const listed = [...falcoTools].filter((name) => plain.some(([tool]) => tool === name));
  const rule = `(n in [${listed.map(quoted).join(', ')}] ? '' : 'the like of ') + ${quoted(falcoRule)}`;
  const message = toldWithAccess("'runs ' + n + ' (' + variables.tools[n] + ')'", rule);
  const text = [
    `pod.map(p, p.names.filter(n, n in variables.tools && variables.tools[n] in ${acting.text})`,
    `    .map(n, ${message.text} + ' (container ' + p.of + ')').join('\\n'))`,
  ].join('\n');
  const cost = containers * (limits.lines * (message.cost + 120) + 200);
  const told = toldOf(programs, { text, cost, count: containers * limits.lines }, [...acting.uses, tools]);
  return { ...told, text: `!variables.isAccessTold ? [[], []] : ${told.text}` };
}
