import { compileCommandTools, readCommandLine } from '../policy/command-line.ts';
import type { Policy } from '../policy/policy.ts';
import type { FalcoEvent } from './falco-event.ts';
import type { ToolFound } from './investigation.ts';
import type { DeclaredTool } from './judged-pod.ts';

/** The tool that an event saw, and those that the pod's own spec names. */
export function toolsFound(
  event: FalcoEvent | undefined,
  declared: readonly DeclaredTool[],
  container: string,
  policy: Policy,
): ToolFound[] {
  const seen = event === undefined ? [] : toolOfEvent(event, container, policy);
  const written = declared.map((tool): ToolFound => ({
    name: tool.what,
    class: tool.class,
    seen: 'spec',
    container: tool.container,
    detail: tool.rule === 'network-tool-image' ? tool.image : '',
  }));
  return [...seen, ...written];
}

function toolOfEvent(event: FalcoEvent, container: string, policy: Policy): ToolFound[] {
  const { name, path, commandLine } = event.process;
  if (name === '' && path === '' && commandLine === '') return [];
  const classes = classOfTools(policy);
  const program = [name, path.slice(path.lastIndexOf('/') + 1)].find((each) => classes.has(each.toLowerCase()));
  // A name that is none of a tool may still be a shell or a wrapper that runs one.
  const hit = program === undefined ? wordsHit(commandLine, policy) : undefined;
  const tool = program ?? hit?.tool ?? (name || programOf(path) || programOf(commandLine) || 'a process');
  return [
    {
      name: tool,
      class: hit?.class ?? classes.get(tool.toLowerCase()) ?? '',
      seen: 'event',
      container,
      detail: commandLine || path,
    },
  ];
}

/**
 * The base name of the first word, up to a `=`: a headline goes into Events and logs, which more people read than the page,
 * and the words behind it may be a password. A process may have written its whole title over its path, too.
 */
function programOf(text: string): string {
  const word = /^[^\s\p{Cc}=]*/u.exec(text.trimStart())?.[0] ?? '';
  return word.slice(word.lastIndexOf('/') + 1);
}

function classOfTools(policy: Policy): ReadonlyMap<string, string> {
  const rule = policy.rules.find(({ definition }) => definition.id === 'network-tool-command');
  return compileCommandTools([...(rule?.settings.classes.values() ?? [])]).classOf;
}

/** Falco joins the words of a command line with blanks: read so, it is as much as can be told. */
function wordsHit(commandLine: string, policy: Policy): { readonly tool: string; readonly class: string } | undefined {
  const rule = policy.rules.find(({ definition }) => definition.id === 'network-tool-command');
  const tools = compileCommandTools([...(rule?.settings.classes.values() ?? [])]);
  const words = commandLine.split(' ').filter((word) => word !== '');
  const context = {
    env: new Map<string, string>(),
    envComplete: true,
    expandsVariables: false,
    entryPointUnknown: false,
  };
  return readCommandLine(words, context, tools).find(({ how }) => how === 'runs' || how === 'installs');
}
