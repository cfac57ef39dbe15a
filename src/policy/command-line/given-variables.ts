import { unknownText } from './markers.ts';
import { defaultSeparators } from './separators.ts';

/** What a variable reads as that is not set. */
export function valueOfUnset(name: string): string {
  return name === 'IFS' ? defaultSeparators : '';
}

/** Variables that the shell or the runtime sets, as far as their value is known. */
export const givenVariables: ReadonlyMap<string, string> = new Map([
  ['IFS', defaultSeparators],
  ['HOME', `/${unknownText}`],
  ['PATH', `/${unknownText}`],
  ['PWD', `/${unknownText}`],
  ['OLDPWD', `/${unknownText}`],
  ['SHELL', '/bin/sh'],
  ['BASH', '/bin/bash'],
  ['HOSTNAME', unknownText],
  ['PPID', unknownText],
  ['RANDOM', unknownText],
  ['SECONDS', unknownText],
  ['LINENO', unknownText],
  ['UID', unknownText],
  ['EUID', unknownText],
  ['BASHPID', unknownText],
  ['BASH_VERSION', unknownText],
  ['HOSTTYPE', unknownText],
  ['MACHTYPE', unknownText],
  ['OSTYPE', unknownText],
  ['OPTARG', unknownText],
  ['OPTIND', unknownText],
  ['REPLY', unknownText],
  ['_', unknownText],
]);
