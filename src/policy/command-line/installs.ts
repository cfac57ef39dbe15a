/*
 * Package managers: which of their words ask for an installation, and which name packages.
 * Sources: apk(8), apt-get(8), apt(8), aptitude(8), dnf(8), yum(8), zypper(8), pacman(8), brew(1).
 */
import { isDigit } from './characters.ts';
import { parameterText } from './markers.ts';
import { Options, optionShape, type OptionShape } from './options.ts';
import { programName } from './program-names.ts';
import { type Run, stopped } from './run.ts';
import type { Words } from './words.ts';

interface Installer {
  readonly shape: OptionShape;
  /** Subcommands that install; none for pacman, where options do. */
  readonly verbs: readonly string[];
}

const apt: Installer = {
  shape: optionShape('octa', 'option config-file target-release default-release host-architecture'),
  verbs: ['install', 'reinstall', 'build-dep', 'satisfy'],
};
const dnf: Installer = {
  shape: optionShape(
    'cdeRx',
    'config enablerepo disablerepo repo repoid installroot releasever setopt exclude excludepkgs comment forcearch ' +
      'repofrompath disableplugin enableplugin debuglevel errorlevel',
  ),
  verbs: ['install', 'reinstall', 'localinstall', 'install-n', 'install-na', 'install-nevra'],
};

export const installers: ReadonlyMap<string, Installer> = new Map<string, Installer>([
  [
    'apk',
    {
      shape: optionShape(
        'tXp',
        'virtual repository root arch keys-dir repositories-file wait cache-dir cache-max-age timeout progress-fd',
      ),
      verbs: ['add'],
    },
  ],
  ['apt', apt],
  ['apt-get', apt],
  ['aptitude', apt],
  ['nala', apt],
  ['dnf', dnf],
  ['dnf5', dnf],
  ['yum', dnf],
  ['microdnf', dnf],
  ['tdnf', dnf],
  [
    'zypper',
    {
      shape: optionShape('cDRrtCp', 'config root installroot reposd-dir cache-dir repo type from capability plus-repo'),
      verbs: ['install', 'in'],
    },
  ],
  [
    'pacman',
    {
      shape: optionShape('br', 'dbpath root config cachedir arch overwrite ignore ignoregroup hookdir gpgdir'),
      verbs: [],
    },
  ],
  ['brew', { shape: optionShape('', 'appdir language'), verbs: ['install', 'reinstall'] }],
]);

/** Reads the words of a package manager; each package that is or carries a tool is told where it stands. */
export function readInstaller(run: Run, words: Words, from: number, end: number, name: string): number {
  const installer = installers.get(name);
  if (installer === undefined) return stopped;
  let installs = false;
  let queries = false;
  let verb = installer.verbs.length === 0;
  let at = from;
  while (at < end && !run.reading.full) {
    const options = new Options(words, at, end, installer.shape);
    while (options.next()) {
      if (options.name === 'S' || options.name === 'sync' || options.name === 'U' || options.name === 'upgrade')
        installs ||= verb;
      if (verb && 'silgcp'.includes(options.name)) queries = true;
    }
    at = options.at;
    if (at >= end) break;
    if (!verb) {
      if (!installer.verbs.includes(words.text(at))) return stopped;
      verb = true;
      installs = true;
    } else if (installs && (installer.verbs.length > 0 || !queries)) readPackages(run, words, at, name);
    at += 1;
  }
  return stopped;
}

/** Reads one word that names a package; it may name several where it is quoted (`apt-get install "a b"`). */
function readPackages(run: Run, words: Words, at: number, manager: string): void {
  const { packages, classOf } = run.reading.tools;
  const given = words.text(at);
  if (given.includes(parameterText)) run.reading.expandedNames += 1;
  // apt removes `name-` and installs `name+`.
  if (manager.startsWith('apt') && given.endsWith('-')) return;
  for (let name = packageName(given); name !== ''; name = withoutLastVersion(name)) {
    const tool = packages.get(name) ?? (classOf.has(name) ? name : undefined);
    if (tool === undefined) continue;
    run.reading.report(tool, classOf.get(tool) ?? '', 'installs', words.origin(at));
    return;
  }
}

const endings = ['.deb', '.rpm', '.apk'];

/** The name without folder, version, architecture, release or repository. */
function packageName(given: string): string {
  const isFile = endings.some((ending) => given.endsWith(ending));
  // A file: ./nmap_7.94-1_amd64.deb; a word: nmap/stable, nmap:amd64, nmap=7.94, nmap@edge, nmap>7, nmap+, homebrew/core/nmap.
  let name = isFile ? programName(given).slice(0, -'.deb'.length) : given;
  if (!isFile && given.includes('/'))
    name = given.split('/').length > 2 ? programName(given) : (given.split('/')[0] ?? '');
  if (name.startsWith('!') || name.startsWith('-')) return '';
  let end = 0;
  while (end < name.length && !'=<>~@:*,+'.includes(name.charAt(end)) && !(isFile && name.charAt(end) === '_'))
    end += 1;
  return name.slice(0, end).toLowerCase();
}

/** The name without its last `-part` or `.part`, if that may be a version, a release or an architecture; '' when none is left. */
function withoutLastVersion(name: string): string {
  const dash = name.lastIndexOf('-');
  const dot = name.lastIndexOf('.');
  const cut = Math.max(dash, dot);
  if (cut <= 0) return '';
  if (cut === dash && !isDigit(name.charCodeAt(dash + 1))) return '';
  return name.slice(0, cut);
}
