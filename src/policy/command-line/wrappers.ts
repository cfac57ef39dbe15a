/*
 * Programs that run the command behind their own options and operands. The letters and names are the options that take a
 * value of their own word; every other option is a word alone.
 * Sources: the manual pages of GNU coreutils, util-linux, procps, sudo, strace, systemd, s6, daemontools; the usage texts of
 * busybox, tini, dumb-init, gosu, su-exec.
 */
import { isDigit } from './characters.ts';
import { optionShape, type OptionShape } from './options.ts';

export interface Wrapper extends OptionShape {
  /** Words between the options and the command. */
  readonly operands: number;
  /** Whether `NAME=value` words may stand before the command. */
  readonly assignments: boolean;
  /** Option that stands for the operand (`timeout -t 5` of an older busybox). */
  readonly instead: string;
}

interface Traits {
  readonly operands?: number;
  readonly assignments?: boolean;
  readonly instead?: string;
}

function wrapper(short = '', long = '', traits: Traits = {}): Wrapper {
  return { ...optionShape(short, long), operands: 0, assignments: false, instead: '', ...traits };
}

const plainWrapper = wrapper();
const oneOperand = wrapper('', '', { operands: 1 });
const tracer = wrapper(
  'aAbDeEFIkKlnoOpPsSuUwxX',
  'output expr trace attach env user columns string-limit interruptible',
);

export const wrappers: ReadonlyMap<string, Wrapper> = new Map<string, Wrapper>([
  ['timeout', wrapper('kst', 'kill-after signal', { operands: 1, instead: 't' })],
  ['nohup', plainWrapper],
  ['nice', wrapper('n', 'adjustment')],
  ['ionice', wrapper('cnpPu', 'class classdata pid pgid uid')],
  ['chrt', wrapper('TPD', 'sched-runtime sched-period sched-deadline', { operands: 1 })],
  ['taskset', oneOperand],
  ['numactl', wrapper('CNmipwlPt', 'physcpubind cpunodebind membind interleave preferred weighted-interleave length')],
  ['setsid', plainWrapper],
  ['stdbuf', wrapper('ioe', 'input output error')],
  ['unbuffer', plainWrapper],
  [
    'sudo',
    wrapper('CDghpRrTtUu', 'close-from chdir group host prompt chroot role type command-timeout other-user user', {
      assignments: true,
    }),
  ],
  ['doas', wrapper('Cu')],
  ['pkexec', wrapper('u', 'user')],
  ['su-exec', oneOperand],
  ['gosu', oneOperand],
  [
    'setpriv',
    wrapper(
      '',
      'ambient-caps bounding-set inh-caps reuid ruid regid rgid groups securebits selinux-label apparmor-profile pdeathsig ' +
        'landlock-access landlock-rule seccomp-filter euid egid',
    ),
  ],
  ['tini', wrapper('pe')],
  ['tini-static', wrapper('pe')],
  ['docker-init', wrapper('pe')],
  ['catatonit', wrapper('', 'pid')],
  ['dumb-init', wrapper('r', 'rewrite')],
  ['s6-setuidgid', oneOperand],
  ['s6-envuidgid', oneOperand],
  ['s6-envdir', oneOperand],
  ['s6-softlimit', wrapper('acdfhlmoprst')],
  ['s6-setsid', plainWrapper],
  ['setuidgid', oneOperand],
  ['envuidgid', oneOperand],
  ['envdir', oneOperand],
  ['softlimit', wrapper('acdfhlmoprst')],
  ['chpst', wrapper('uUbe/nmdofpcrt')],
  ['strace', tracer],
  ['ltrace', tracer],
  ['time', wrapper('fo', 'format output')],
  [
    'systemd-run',
    wrapper(
      'HMpuE',
      'unit property description slice service-type uid gid nice working-directory on-active on-boot on-startup ' +
        'on-unit-active on-unit-inactive on-calendar path-property socket-property timer-property setenv host machine',
      { assignments: false },
    ),
  ],
  ['systemd-inhibit', wrapper('', 'what who why mode')],
  ['busybox', plainWrapper],
  ['toybox', plainWrapper],
  ['proxychains', wrapper('f')],
  ['proxychains4', wrapper('f')],
  ['torsocks', wrapper('ua', 'user pass address port')],
  ['torify', plainWrapper],
  ['fakeroot', wrapper('lsib', 'lib faked')],
  ['eatmydata', plainWrapper],
  ['choom', wrapper('np', 'adjust pid')],
  ['prlimit', wrapper('p', 'pid')],
  ['cgexec', wrapper('g')],
  ['aa-exec', wrapper('pn', 'profile namespace')],
  ['dbus-run-session', wrapper('', 'config-file dbus-daemon')],
  ['with-contenv', plainWrapper],
  ['chronic', plainWrapper],
  ['linux32', plainWrapper],
  ['linux64', plainWrapper],
  ['setarch', oneOperand],
  ['uclampset', wrapper('mM')],
  ['faketime', oneOperand],
  ['catchsegv', plainWrapper],
  ['firejail', plainWrapper],
  ['rlwrap', plainWrapper],
  ['tsocks', plainWrapper],
  ['valgrind', plainWrapper],
]);

/** A dynamic loader runs the program behind its options. Source: ld.so(8); musl ldso/dynlink.c. */
export const loader: Wrapper = wrapper(
  '',
  'library-path inhibit-rpath audit preload argv0 glibc-hwcaps-prepend glibc-hwcaps-mask',
);

/** Whether the name is one of a dynamic loader: `ld-linux-x86-64.so.2`, `ld-musl-x86_64.so.1`, `ld-2.31.so`, `ld.so`. */
export function isLoader(name: string): boolean {
  if (name.charCodeAt(0) !== 0x6c || name.charCodeAt(1) !== 0x64) return false;
  if (name === 'ld.so' || name.startsWith('ld-musl')) return true;
  return (
    name.includes('.so') && (name.startsWith('ld-linux') || isDigit(name.charCodeAt(3)) || name.startsWith('ld64.so'))
  );
}
