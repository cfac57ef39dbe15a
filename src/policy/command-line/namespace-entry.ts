/*
 * Programs that enter other namespaces or another root and run a command there.
 * Sources: util-linux nsenter(1), unshare(1); coreutils chroot(1).
 */
import { Options, optionShape } from './options.ts';
import { type ProgramReader, type Run, stopped } from './run.ts';
import { readShell } from './shell-program.ts';
import type { Words } from './words.ts';

const nsenterShape = optionShape('tSGWNc', 'target setuid setgid wdns env-from net-socket user-parent-of', [
  'net',
  'user',
  'wd',
  'env',
]);
const unshareShape = optionShape(
  'SGRwl',
  'setuid setgid root wd map-user map-group map-users map-groups setgroups propagation monotonic boottime load-interp owner',
);
const chrootShape = optionShape('ugG', 'userspec groups');

/** Whether a path is a host's root or one of its first process, as manifests mount it. */
function isHostPath(run: Run, path: string): boolean {
  const { hostMounts } = run.reading.context;
  if (
    hostMounts?.some((mount) => path === mount || path.startsWith(mount.endsWith('/') ? mount : `${mount}/`)) === true
  ) {
    return true;
  }
  const parts = path.split('/', 16).filter((part) => part !== '' && part !== '.');
  if (parts[0] === 'proc' && parts[2] === 'root') return true;
  return parts.some(
    (part) => part.startsWith('host') || part === 'rootfs' || part === 'noderoot' || part === 'node-root',
  );
}

function entersHost(run: Run, options: Options): boolean {
  const { name, value } = options;
  if (value === undefined) return false;
  if (name === 't' || name === 'target') return value === '1';
  if (name === 'R' || name === 'root' || name === 'r') return isHostPath(run, value);
  return value.includes('/proc/1/') || (value.startsWith('/') && isHostPath(run, value));
}

function report(run: Run, words: Words, at: number, tool: string, host: boolean): void {
  const { reading } = run;
  const toolClass = reading.tools.classOf.get(tool);
  if (toolClass !== undefined) reading.report(tool, toolClass, 'runs', words.origin(at), host ? 'host' : undefined);
}

/** Without a command, the program runs a shell. */
function commandAt(at: number, end: number): number {
  return at < end ? at : stopped;
}

const readNsenter: ProgramReader = (run, words, from, end) => {
  const options = new Options(words, from, end, nsenterShape);
  let host = false;
  while (options.next()) host ||= entersHost(run, options) || entersAttached(options);
  report(run, words, from - 1, 'nsenter', host);
  return commandAt(options.at, end);
};

/** `-m/proc/1/ns/mnt`: a letter that takes its value only in the same word; the letters of the value follow as if options. */
function entersAttached(options: Options): boolean {
  return options.name === '/' && options.rest.startsWith('proc/1/');
}

const readUnshare: ProgramReader = (run, words, from, end) => {
  const options = new Options(words, from, end, unshareShape);
  let host = false;
  while (options.next()) host ||= (options.name === 'R' || options.name === 'root') && entersHost(run, options);
  report(run, words, from - 1, 'unshare', host);
  return commandAt(options.at, end);
};

/** A chroot counts where its root is the host's; elsewhere it is how some images start. */
const readChroot: ProgramReader = (run, words, from, end) => {
  const options = new Options(words, from, end, chrootShape);
  while (options.next());
  if (options.at < end && isHostPath(run, words.text(options.at))) report(run, words, from - 1, 'chroot', true);
  if (options.at + 1 >= end) return readShell(run, words, end, end);
  return options.at + 1;
};

export const entrances: ReadonlyMap<string, ProgramReader> = new Map<string, ProgramReader>([
  ['nsenter', readNsenter],
  ['unshare', readUnshare],
  ['chroot', readChroot],
]);
