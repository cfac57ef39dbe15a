import { unknownText } from './markers.ts';

/** Variables that the shell or the runtime sets, as far as their value is known. */
export const givenVariables: ReadonlyMap<string, string> = new Map([
  ['IFS', ' \t\n'],
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
