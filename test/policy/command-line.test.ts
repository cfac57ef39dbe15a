/*
 * What the command reader finds and what it leaves alone, one case a line. A case is a script for `sh -c` or a whole argv,
 * and the hits: `runs nmap` for a tool that runs, `installs`, `mentions`, `device`, `opaque`; `@2` is the word it stands
 * in (the script's own is not written), `into host` a clear target.
 */
import { describe, expect, test } from '@jest/globals';
import {
  type CommandContext,
  type CommandHit,
  compileCommandTools,
  readCommandLine,
} from '../../src/policy/command-line.ts';
import { commandContext, defaultTools } from '../support/shell-reader.ts';

type Row = readonly [line: string, hits: string];
type ArgvRow = readonly [argv: readonly string[], hits: string];

function told({ how, tool, word, enters }: CommandHit, ownWord: number): string {
  const where = word === ownWord ? '' : ` @${word}`;
  return `${how}${tool === '' ? '' : ` ${tool}`}${enters === undefined ? '' : ` into ${enters}`}${where}`;
}

function hitsOf(argv: readonly string[], context: CommandContext, ownWord: number): string {
  return readCommandLine(argv, context, defaultTools)
    .map((hit) => told(hit, ownWord))
    .join(', ');
}

function scripts(title: string, rows: readonly Row[], context: Partial<CommandContext> = {}): void {
  describe(title, () => {
    test.each(rows)('%j: %s', (line, hits) => {
      expect(hitsOf(['sh', '-c', line], { ...commandContext, ...context }, 2)).toBe(hits);
    });
  });
}

function argvs(title: string, rows: readonly ArgvRow[], context: Partial<CommandContext> = {}): void {
  describe(title, () => {
    test.each(rows)('%j: %s', (argv, hits) => {
      expect(hitsOf(argv, { ...commandContext, ...context }, -1)).toBe(hits);
    });
  });
}

argvs('programs and paths', [
  [['nmap'], 'runs nmap @0'],
  [['nmap', '-sS', 'host'], 'runs nmap @0'],
  [['/usr/bin/nmap'], 'runs nmap @0'],
  [['./nc', '-l'], 'runs nc @0'],
  [['/x/../usr//bin/nc'], 'runs nc @0'],
  [['../../bin/dig'], 'runs dig @0'],
  [['nc.openbsd'], 'runs nc.openbsd @0'],
  [['ncat'], 'runs ncat @0'],
  [['iperf3', '-s'], 'runs iperf3 @0'],
  [['/bin/app', 'nmap'], ''],
  [['/bin/app', '--flag'], ''],
  [[], ''],
  [[''], ''],
  [['/'], ''],
  [['nmap/'], ''],
  [['nmapper'], ''],
  [['nc.conf'], ''],
  [['NMAP'], ''],
  [['NC'], ''],
  [['kube-proxy', '--iptables-resync=1s'], ''],
  [['iptables', '-A', 'nc'], ''],
  [['ip', 'link', 'show', 'nc'], ''],
  [['host', 'nmap'], ''],
  [['helm', '--set', 'x=nmap'], ''],
  [['app', '--command=nmap'], ''],
  [['app', '{"command":["nmap"]}'], ''],
  [['curl', 'http://nmap/nc'], ''],
  [['wget', '-O', 'nmap', 'http://x'], ''],
  [['ping', 'nc'], ''],
  [['ssh', 'host', 'nmap'], ''],
  [['which', 'dig'], ''],
  [['pgrep', '-x', 'nc'], ''],
  [['tar', 'cf', '-', '/usr/bin/nmap'], ''],
  [['cp', '/bin/nc', '/tmp/x'], ''],
  [['sed', '-e', 's/nc/x/'], ''],
  [['exec', 'nmap'], ''],
]);

argvs(
  'args alone: the entry point is out of sight',
  [
    [['nmap', '-sS'], 'runs nmap @0'],
    [['/usr/bin/dig', 'x'], 'runs dig @0'],
    [['sh', '-c', 'nmap'], 'runs nmap @2'],
    [['-c', 'nmap -sS'], 'runs nmap @1'],
    [['-ec', 'exec nc -l'], 'runs nc @1'],
    [['-euxo', 'pipefail', '-c', 'nmap'], 'runs nmap @3'],
    [['-c', '$0 -x', 'nmap'], 'runs nmap @2'],
    [['nc -l -p 80'], 'runs nc @0'],
    [['true; nmap'], 'runs nmap @0'],
    [['A=1', 'nmap'], 'runs nmap @1'],
    [['--', 'nmap'], 'runs nmap @1'],
    [['-s', '--', 'nmap'], 'runs nmap @2'],
    [['timeout', '5', 'nmap'], 'runs nmap @2'],
    [['--nc'], ''],
    [['server', 'nc'], ''],
    [['--', 'server', 'nc'], ''],
    [['-cluster', 'nc'], ''],
    [['-config', 'nc'], ''],
    [['--config', 'nc'], ''],
    [['-c', '/etc/nc.conf'], ''],
    [['serve --with nmap'], ''],
    [['http://nmap'], ''],
    [['-l', 'nc'], ''],
  ],
  { entryPointUnknown: true },
);

argvs('shells and their arguments', [
  [['sh', '-c', 'nmap'], 'runs nmap @2'],
  [['/bin/bash', '-c', 'nmap'], 'runs nmap @2'],
  [['ash', '-c', 'nmap'], 'runs nmap @2'],
  [['dash', '-xec', 'nmap'], 'runs nmap @2'],
  [['zsh', '-ic', 'nmap'], 'runs nmap @2'],
  [['fish', '-c', 'nmap'], 'runs nmap @2'],
  [['setarch', 'x86_64', 'nmap'], 'runs nmap @2'],
  [['uclampset', '-m', '10', 'nmap'], 'runs nmap @3'],
  [['faketime', 'yesterday', 'nmap'], 'runs nmap @2'],
  [['catchsegv', 'nmap'], 'runs nmap @1'],
  [['firejail', '--noprofile', 'nmap'], 'runs nmap @2'],
  [['rlwrap', 'nmap'], 'runs nmap @1'],
  [['tsocks', 'nmap'], 'runs nmap @1'],
  [['valgrind', '--tool=none', 'nmap'], 'runs nmap @2'],
  [['ksh', '+x', '-c', 'nmap'], 'runs nmap @3'],
  [['mksh', '-c', 'nmap'], 'runs nmap @2'],
  [['bash-5.1', '-c', 'nmap'], 'runs nmap @2'],
  [['bash', '--norc', '--rcfile', 'nc', '-c', 'nmap'], 'runs nmap @5'],
  [['bash', '-eo', 'pipefail', '-c', 'nmap'], 'runs nmap @4'],
  [['bash', '-ceo', 'pipefail', 'nmap'], 'runs nmap @3'],
  [['bash', '-c', '-e', 'nmap'], 'runs nmap @3'],
  [['bash', '-c', '--', 'nmap'], 'runs nmap @3'],
  [['bash', '-O', 'extglob', '-c', 'nmap'], 'runs nmap @4'],
  [['busybox', 'sh', '-c', 'nmap'], 'runs nmap @3'],
  [['busybox', 'nc', '-l'], 'runs nc @1'],
  [['toybox', 'nc'], 'runs nc @1'],
  [['sh', '-c', '$0', 'nmap'], 'runs nmap @3'],
  [['sh', '-c', '"$@"', 'x', 'nmap', '-sS'], 'runs nmap @4'],
  [['sh', '-c', '$1 $2', 'x', 'exec', 'nmap'], 'runs nmap @5'],
  [['sh', '-c', 'shift; "$@"', 'x', 'a', 'nmap'], 'runs nmap @5'],
  [['sh', '-c', 'exec "$0" "$@"', 'timeout', '5', 'nc'], 'runs nc @5'],
  [['sh', '-c', 'exec ${1+"$@"}', 'x', 'nmap'], 'runs nmap @2'],
  [['sh', '-c', 'app "$@"', 'nc', 'nmap'], ''],
  [['sh', '-c', '"$@"'], ''],
  [['sh', '-c'], ''],
  [['sh', 'nmap'], ''],
  [['sh', '/opt/nmap.sh'], ''],
  [['bash', 'script.sh', 'nmap'], ''],
  [['sh', '-s', 'nmap'], ''],
  [['sh', '-c', 'true', 'nmap'], ''],
]);

scripts('quoting', [
  ["n''map", 'runs nmap'],
  ['n""map', 'runs nmap'],
  ['"nmap"', 'runs nmap'],
  ["'nmap' -x", 'runs nmap'],
  ['\\nmap', 'runs nmap'],
  ['n\\map', 'runs nmap'],
  ['n\\\nmap', 'runs nmap'],
  ["$'nmap'", 'runs nmap'],
  ["$'\\x6emap'", 'runs nmap'],
  ["$'\\156map'", 'runs nmap'],
  ["$'\\u006emap'", 'runs nmap'],
  ['$"nmap"', 'runs nmap'],
  ['"nm"ap', 'runs nmap'],
  ['/usr/bin/"nmap"', 'runs nmap'],
  ['"nmap -sS"', ''],
  ['"" nmap', ''],
  ["'a;nmap'", ''],
  ['echo "a\nnmap"', ''],
  ["echo it\\'s; nmap", 'runs nmap'],
]);

scripts('command positions', [
  ['true; nmap', 'runs nmap'],
  ['true && nmap', 'runs nmap'],
  ['false && nmap', 'runs nmap'],
  ['true || nmap', 'runs nmap'],
  ['true | nmap', 'runs nmap'],
  ['true |& nmap', 'runs nmap'],
  ['true & nmap', 'runs nmap'],
  ['nmap &', 'runs nmap'],
  ['true\nnmap', 'runs nmap'],
  ['true;nmap;dig', 'runs nmap, runs dig'],
  ['(nmap)', 'runs nmap'],
  ['( ( nmap ) )', 'runs nmap'],
  ['((nmap); true)', 'runs nmap'],
  ['{ nmap; }', 'runs nmap'],
  ['! nmap', 'runs nmap'],
  ['if nmap; then :; fi', 'runs nmap'],
  ['if ! nmap; then :; fi', 'runs nmap'],
  ['if true; then nmap; elif dig; then :; else nc; fi', 'runs nmap, runs dig, runs nc'],
  ['until nc -z db 5432; do sleep 1; done', 'runs nc'],
  ['while ! nc -z db 1; do :; done', 'runs nc'],
  ['while true; do nmap; done', 'runs nmap'],
  ['for i in 1 2; do nmap $i; done', 'runs nmap'],
  ['for i do nmap; done', 'runs nmap'],
  ['for ((i=0;i<2;i++)); do nmap; done', 'runs nmap'],
  ['select i in a; do nmap; done', 'runs nmap'],
  ['case x in a) nmap;; (b|c) dig;; *) nc; esac', 'runs nmap, runs dig, runs nc'],
  ['case x in a) nmap;& b) dig;;& esac; nc', 'runs nmap, runs dig, runs nc'],
  ['f() { nmap; }', 'runs nmap'],
  ['f() ( nmap )', 'runs nmap'],
  ['function f { nmap; }', 'runs nmap'],
  ['function f() { nmap; }', 'runs nmap'],
  ['[[ -f x && -f y ]] && nmap', 'runs nmap'],
  ['((1)) && nmap', 'runs nmap'],
  ['$(nmap -x >/dev/null)', 'runs nmap'],
  ['echo $(nmap)', 'runs nmap'],
  ['echo "a $(nmap) b"', 'runs nmap'],
  ['echo `nmap`', 'runs nmap'],
  ['echo "`nmap`"', 'runs nmap'],
  ['echo `echo \\`nmap\\``', 'runs nmap'],
  ['echo $(case x in a) nmap;; esac)', 'runs nmap'],
  ['echo $(( $(nmap) + 1 ))', 'runs nmap'],
  ['echo ${x:-$(nmap)}', 'runs nmap'],
  ['X=$(nmap)', 'runs nmap'],
  ['cat <(nmap)', 'runs nmap'],
  ['true > >(nc -l)', 'runs nc'],
  ['X=1 nmap', 'runs nmap'],
  ['X=1 Y="a b" nmap', 'runs nmap'],
  ['>out nmap', 'runs nmap'],
  ['2>&1 nmap', 'runs nmap'],
  ['</dev/null nmap', 'runs nmap'],
  ['>| out nmap', 'runs nmap'],
  ['&>out nmap', 'runs nmap'],
  ['{fd}>out nmap', 'runs nmap'],
  ['<<< x nmap', 'runs nmap'],
  ['# comment\nnmap', 'runs nmap'],
  ['a#b; nmap', 'runs nmap'],
  ['fi; nmap', 'runs nmap'],
  ['true;; nmap', 'runs nmap'],
  ['coproc nmap', 'runs nmap'],
  ['coproc NAME { nmap; }', 'runs nmap'],
  ['time nmap', 'runs nmap'],
  ['time -p nmap', 'runs nmap'],
  ['time -f %e nmap', 'runs nmap'],
]);

scripts('words that are no commands', [
  ['echo nmap', ''],
  ['echo "install nmap"', ''],
  ['grep tcpdump log', ''],
  ['grep -r nc .', ''],
  ['ls /usr/bin/nmap', ''],
  ['rm /usr/bin/nc', ''],
  ['which dig', ''],
  ['command -v nc', ''],
  ['command -V nc', ''],
  ['type nc', ''],
  ['test -x /usr/bin/nmap && echo yes', ''],
  ['[ -f nc ]', ''],
  ['[[ $x == nmap ]]', ''],
  ['[[ x =~ (nmap|nc) ]]', ''],
  ['env | grep nc', ''],
  ['true # nmap', ''],
  ['# nmap; nc', ''],
  ['case x in nmap) true;; nc|dig) true;; esac', ''],
  ['for nmap in a b; do echo $nmap; done', ''],
  ['for t in nmap nc; do echo $t; done', ''],
  ['(( nc + 1 ))', ''],
  ['echo $(( nmap * 2 ))', ''],
  ['nmap=1', ''],
  ['X=nmap', ''],
  ['export X=nmap', ''],
  ['declare -a a=(nmap nc)', ''],
  ['a=(nmap nc)', ''],
  ['cat > f <<EOF\nnmap\nEOF', ''],
  ['cat <<EOF\nnmap -sS\nEOF', ''],
  ["cat <<'EOF'\n$(nmap)\nEOF", ''],
  ['cat <<EOF\n\\$(nmap)\nEOF', ''],
  ['echo x > nmap', ''],
  ['true 2>nc', ''],
  ['trap - TERM', ''],
  ["trap '' nmap", ''],
  ['nc() { true; }', ''],
  ['cat > f <<EOF\nnmap\nEOF\nf', ''],
  ['nc() { true; }; nc', ''],
  ['unset nc', ''],
  ['alias x=nmap', ''],
  ["awk '{print nc}' f", ''],
  ['echo nmap | cat', ''],
  ['read nc', ''],
  ['apt-cache search nmap', ''],
  ['systemctl stop nc', ''],
]);

scripts('variables', [
  ['X=nm; ${X}ap', 'runs nmap'],
  ['X=nmap; $X -sS', 'runs nmap'],
  ['X="nmap -sS"; $X', 'runs nmap'],
  ['X="nmap -sS"; "$X"', ''],
  ['A=nm B=${A}ap; $B', 'runs nmap'],
  ['X=n; X+=map; $X', 'runs nmap'],
  ['n${x}map', 'runs nmap'],
  ['n$x"map"', 'runs nmap'],
  ['$x nmap', 'runs nmap'],
  ['${X:-nmap}', 'runs nmap'],
  ['${X-nmap} -sS', 'runs nmap'],
  ['${X:=nmap}; $X', 'runs nmap'],
  ['Y=1; ${Y:+nmap}', 'runs nmap'],
  ['${Y:+nmap}', ''],
  ['X=true; ${X:-nmap}', ''],
  ['X=xnmap; ${X#x}', 'runs nmap'],
  ['X=/a/nmap; ${X##*/}', 'runs nmap'],
  ['X=nmap.sh; ${X%.*}', 'runs nmap'],
  ['X=nmap--x; ${X%%-*}', 'runs nmap'],
  ['X=xnmapx; ${X:1:4}', 'runs nmap'],
  ['X=nXmap; ${X/X/}', 'runs nmap'],
  ['X=NMAP; ${X,,}', 'runs nmap'],
  ['X=nmap; Y=X; ${!Y}', 'runs nmap'],
  ['nmap${IFS}-sS', 'runs nmap'],
  ['IFS=,; X=nmap,-sS; $X', 'runs nmap'],
  ['${HOME:0:1}usr${HOME:0:1}bin/nmap', 'runs nmap'],
  ['$JAVA_HOME/bin/nmap', 'runs nmap'],
  ['{nmap,-sS}', 'runs nmap'],
  ['n{m,}ap', 'runs nmap'],
  [": ${X#'}'}; sh -c '{nmap,-sS}'", 'runs nmap'],
  ['n{m..m}ap', 'runs nmap'],
  ['a=(nmap -sS); "${a[@]}"', 'runs nmap'],
  ['set -- nmap -sS; "$@"', 'runs nmap'],
  ['set -- a nmap; shift; $1', 'runs nmap'],
  ['for t in nmap dig; do $t; done', 'runs nmap, runs dig'],
  ['X=true; [ $1 ] && X=nmap; $X', 'runs nmap'],
  ['for i in 1 2; do $X; X=nmap; done', 'runs nmap'],
  ['while read l; do for i in 1; do $X; done; X=nmap; done', 'runs nmap'],
  ['a=(true); [ $1 ] && a=(nmap -sS); "${a[@]}"', 'runs nmap'],
  ['X=nmap; false && X=true; $X', 'runs nmap'],
  ['(X=true); X=nmap; $X', 'runs nmap'],
  ['(X=true); $X nmap', 'runs nmap'],
  ['( (X=true); X=true ); $X nmap', 'runs nmap'],
  [': $(X=true); $X nmap', 'runs nmap'],
  [': `X=true`; $X nmap', 'runs nmap'],
  ['{ X=true; } | cat; $X nmap', 'runs nmap'],
  ['{ X=true; } & $X nmap', 'runs nmap'],
  ['(X=nmap; $X)', 'runs nmap'],
  ['(X=nmap; X=true; $X)', ''],
  ['(set -- x); "$@" nmap', 'runs nmap'],
  ['{ X=nmap; }; $X', 'runs nmap'],
  ['(nc() { :; }); nc', 'runs nc'],
  [': $(nc() { :; }); nc', 'runs nc'],
  ['X=true | true; $X nmap', 'runs nmap'],
  ['X=nmap; X=true; $X', ''],
  ['X=nmap; unset X; $X', ''],
  ['X=$(echo nmap); $X', 'runs nmap'],
  ['$(printf nm%s ap)', 'runs nmap'],
  ['$(which nmap) -sS', 'runs nmap'],
  ['printf -v X nmap; $X', 'runs nmap'],
  ['echo nmap | { read x; $x; }', 'runs nmap'],
  ['f() { "$@"; }; f nmap -sS', 'runs nmap'],
  ['f() { $1; }; f nmap', 'runs nmap'],
  ['f() { echo "$@"; }; f nmap', ''],
  ['f() { timeout 5 "$@"; }; f nmap', 'runs nmap'],
  ['f() { apt-get install -y "$@"; }; f curl nmap', 'installs nmap'],
  ['f() { echo "$1" | sh; }; f nmap', 'runs nmap'],
  ['f() { sh -c "$1 -x"; }; f nmap', 'runs nmap'],
  ['f() { sh; }; echo nmap | f', 'runs nmap'],
  ['f() { echo nmap; }; $(f)', 'runs nmap'],
  ['f() { X=nmap; }; f; $X', 'runs nmap'],
  ['f() { X=nmap; }; $X', ''],
  ['f() { X=true; eval "$X"; X=nmap; }; f', ''],
  ["X=nmap sh -c '$X'", 'runs nmap'],
  ["export X=nmap; sh -c '$X'", 'runs nmap'],
  ["X=nmap; sh -c '$X'", ''],
  ["X=true; sh -c '$X nmap'", 'runs nmap'],
  ["env X=nmap sh -c '$X'", 'runs nmap'],
]);

scripts('what IFS puts together', [
  ['set -- nm ap; IFS=; "$*" x', 'runs nmap'],
  ['set -- nm ap; IFS=; "${*}" x', 'runs nmap'],
  ['set -- nm ap; IFS=; t=$*; $t x', 'runs nmap'],
  ['set -- nm ap; IFS=; t="$*"; $t x', 'runs nmap'],
  ['set -- n ap; IFS=m; "$*" x', 'runs nmap'],
  ['set -- n ap; IFS=m:; /bin/"$*" x', 'runs nmap'],
  ['set -- n ap; IFS=m; t=/bin/$*; "$t"', 'runs nmap'],
  ['set -- nm ap; IFS=; eval "$*"', 'runs nmap'],
  ['set -- nm ap; IFS=; sh -c "$*"', 'runs nmap'],
  ['set -- nm ap; IFS=; sh <<E\n$*\nE', 'runs nmap'],
  ['set -- nm ap; IFS= eval \'"$*"\'', 'runs nmap'],
  ['set -- nm ap; f() { "$*"; }; IFS= f nm ap', 'runs nmap'],
  ['set -- nm ap; c && IFS=; "$*"', 'runs nmap'],
  ['IFS=x; c && unset IFS; set -- nmap -v; t=$*; $t', 'runs nmap'],
  ['unset IFS; c && IFS=; set -- nm ap; "$*"', 'runs nmap'],
  ['unset IFS; c && IFS=; x="nmap -v"; $x', 'runs nmap'],
  ['IFS=; unset IFS; set -- nmap -v; t=$*; $t', 'runs nmap'],
  ['a=(nm ap); IFS=; "${a[*]}"', 'runs nmap'],
  ['a=(nm ap); IFS=; t=${a[*]}; $t', 'runs nmap'],
  ['echo "$(set -- nm ap; IFS=; echo "$*")" | sh', 'runs nmap'],
  // dash joins these by IFS, bash by a blank.
  ['set -- nm ap; IFS=; t=$@; $t', 'runs nmap'],
  ['set -- nmap x; IFS=,; t="$@"; IFS=" "; $t', 'runs nmap'],
  ['set -- nmap x; IFS=,; sh <<E\n$*\nE', 'runs nmap'],
  ['IFS=$(app); set -- nm ap; "$*"', 'opaque'],
  // Without an IFS of its own, or with one that only another command has.
  ['set -- nm ap; "$*" x', ''],
  ['set -- nm ap; t=$*; $t x', ''],
  ['set -- nm ap; IFS=; $*', ''],
  ['set -- nm ap; IFS=; "$@"', ''],
  ['set -- nm ap; IFS=; x$*y', ''],
  ['set -- nm ap; IFS=-; "$*"', ''],
  ['set -- nm ap; unset IFS; "$*"', ''],
  ['set -- nm ap; IFS= app; "$*"', ''],
  ['set -- nm ap; IFS= sh -c "$*"', ''],
  ['set -- nm ap; (IFS=); "$*"', ''],
  ['a=(nm ap); "${a[*]}"', ''],
  ['a=(nm ap); IFS=; "${a[@]}"', ''],
]);

scripts('what IFS takes apart', [
  ['IFS=,; x=-v,nmap; nice $x', 'runs nmap'],
  ["IFS=', '; x=' nmap , -v'; $x", 'runs nmap'],
  ['IFS=; x=nmap; $x', 'runs nmap'],
  ['IFS=m; x=nmap; "$x"', 'runs nmap'],
  ["export IFS=m; sh -c 'x=nmap; $x'", 'runs nmap'],
  ["IFS=m sh -c 'x=nmap; $x'", 'runs nmap'],
  ['x="nmap -v"; c && IFS=; $x', 'runs nmap'],
  ['IFS=$(app); x=nmap; $x', 'runs nmap, opaque'],
  ['IFS=m; x=nmap; $x', ''],
  ['IFS=,; x=,nmap; $x', ''],
  ['IFS=,; x=nmap,; ${x}x', 'runs nmap'],
  ['IFS=,; x=; $x nmap', 'runs nmap'],
  ['IFS=; x="nmap -v"; $x', ''],
  ['IFS=$(app); x=nmap; "$x" -v', 'runs nmap'],
  ['IFS=$(app); x=nmap; echo $x', ''],
]);

scripts('what a builtin that is silent leaves of an output', [
  ['{ set -- x; export A=1; unset B; shift; echo nmap; } | sh', 'runs nmap'],
  ['$(trap - INT; alias a=b; local c; read d < f; echo nmap)', 'runs nmap'],
]);

scripts('what a call hands to a function', [
  ['f() { declare -g "$1=nmap"; }; f x; $x', 'runs nmap'],
  ['f() { export $1; }; f x=nmap; $x', 'runs nmap'],
  ['f() { $x; }; x=nmap f', 'runs nmap'],
  ['f() { $x; }; x=nmap f; x=ls; f', 'runs nmap'],
  ['x=ls; f() { $x; }; x=app f; $x', ''],
]);

scripts('arrays element by element', [
  ['a[0]=nmap; ${a[0]}', 'runs nmap'],
  ['a[$(nmap)]=1', 'runs nmap'],
  ['a[$(echo ]; nmap)]=1', 'runs nmap'],
  ['IFS=: read a b <<< ls:nmap; $b', 'runs nmap'],
  ['IFS=: read a b <<< nmap:ls; $b', ''],
  ['a[0]=nmap; "${a[@]}"', 'runs nmap'],
  ['a[1]=nmap; ${a[1]}', 'runs nmap'],
  ['a=(app); a[1]=nmap; "${a[@]}"', ''],
  ['a=(nmap); a[$n]=-sS; "${a[@]}"', 'runs nmap, opaque'],
  ['declare -A m; m[k]=nmap; ${m[k]}', 'opaque'],
  ['a[0]=nmap; echo ${a[0]}', ''],
]);

scripts('a tool under another name', [
  ['install -m 755 -o root /usr/bin/nmap /tmp/x && /tmp/x', 'runs nmap'],
  ['cat /usr/bin/nmap > /tmp/x; chmod +x /tmp/x; /tmp/x', 'runs nmap'],
  ['dd if=/usr/bin/nmap of=/tmp/x; /tmp/x', 'runs nmap'],
  ['cp /usr/bin/nmap a; cp a b; ./b', 'runs nmap'],
  ['cat /etc/nmap.conf > /tmp/x; /tmp/x', ''],
  ['dd if=/dev/zero of=/tmp/nmap; /tmp/x', ''],
]);

scripts('what only may have happened leaves what was', [
  ['x=nmap; c && x=b; y=$x; $y', 'runs nmap'],
  ['x=a; c && x=nmap; c && x=b; y="$x -v"; $y', 'runs nmap'],
  ['case $1 in a) t=nmap;; b) t=ls;; *) t=cat;; esac; cmd="$t --x"; exec $cmd', 'runs nmap'],
  ['x=nmap; c && x=b; x=$x; $x', 'runs nmap'],
  ['x=nmap; c && x=b; eval "y=$x"; $y', 'runs nmap'],
  ['x=nmap; c && x=b; set -- $x; $1', 'runs nmap'],
  ['x=nmap; c && x=b; y=($x); $y', 'runs nmap'],
  ['x=nmap; c && x=b; read y <<< $x; $y', 'runs nmap'],
  ['x=nmap; c && x=b; printf -v y %s $x; $y', 'runs nmap'],
  ['x=nmap; c && x=b; declare y=$x; $y', 'runs nmap'],
  ['x=nmap; c && x=b; echo $x > /tmp/f; sh /tmp/f', 'runs nmap'],
  ['echo nmap > f; c && echo ls > f; sh f', 'runs nmap'],
  ['x=nmap; c && eval x=ls; $x', 'runs nmap'],
  ['x=nmap; c && read x <<< ls; $x', 'runs nmap'],
  ['x=nmap; c && . /dev/stdin <<< x=ls; $x', 'runs nmap'],
  ['x=nmap; c && x=(ls); $x', 'runs nmap'],
  ['x=nmap; c && mapfile x; $x', 'runs nmap, opaque'],
  ['x=nmap; for x in $EMPTY; do :; done; $x', 'runs nmap'],
  ['x=nmap; c && for x in ls; do :; done; $x', 'runs nmap'],
  ["x=nmap; trap 'x=ls' EXIT; $x", 'runs nmap'],
  ['f() { x=ls; }; x=nmap; c && f; $x', 'runs nmap'],
  ['f() { return; x=ls; }; x=nmap; f; $x', 'runs nmap'],
  ['f() { [ -e /x ] || return 1; x=ls; }; x=nmap; f; $x', 'runs nmap'],
  ['f() { local x=ls; }; x=nmap; f; $x', 'runs nmap'],
  ['f() { local x; x=ls; }; x=nmap; f; $x', 'runs nmap'],
  ['f() { declare -g x=nmap; }; f; $x', 'runs nmap'],
  ['readonly x=nmap; x=ls; $x', 'runs nmap'],
  ['declare -n r=x; r=nmap; $x', 'opaque'],
  ["x=nmap; . <(echo 'return; x=ls'); $x", 'runs nmap'],
  ['f() { c && { x=nmap; return; }; x=ls; }; f; $x', 'runs nmap'],
  ["x=nmap; f() { c && eval 'a=1; a=2; a=3; return'; x=ls; }; f; $x", 'runs nmap'],
  ['a=(nmap); c && unset a; "${a[@]}"', 'runs nmap'],
  ['set -- nmap; c && set -- ls; "$@"', 'runs nmap'],
  ['x=a; c && x=nmap; c && x=b; y=$(echo $x); $y', 'runs nmap'],
  ['x=a; c && x=nmap; y=`basename /usr/bin/$x`; $y', 'runs nmap'],
  ['x=a; c && x=b; $(echo $x) nmap', ''],
  ['x=nmap; c && read x <<E\nls\nE\n$x', 'runs nmap'],
  ['x=nmap; c && eval "x=ls" <<E\na\nE\n$x', 'runs nmap'],
  ['alias nmap=ls; nmap', 'runs nmap'],
  // What is certain is certain.
  ['x=nmap; x=ls; $x', ''],
  ['x=nmap; read x <<E\nls\nE\n$x', ''],
  ['x=nmap; f() { c || return; x=ls; $x; }; f', ''],
  ['f() { x=ls; $x; }; x=nmap; c && f', ''],
  ['f() { x=ls; }; x=nmap; f; $x', ''],
  ['f() { x=nmap; x=ls; $x; }; f', ''],
  ['f() { local x=nmap; }; f; $x', ''],
  ['c && x=b; y=$x; $y', ''],
]);

describe('a script that puts its options together is followed to its end', () => {
  const names = Array.from({ length: 30 }, (_, index) => `OPTION_${index}`);
  const appended = names.map((name) => `if [ -n "$${name}" ]; then ARGS="$ARGS --name-of-the-option=$${name}"; fi`);
  const added = names.map((name) => `  args+=" --name-of-the-option=\${${name}}"`);
  const counted = names.map((name) => `--${name}) ARGS="$ARGS --name-of-the-option=$2"; shift 2;;`);
  test.each([
    ['in branches', ['ARGS=--verbose', ...appended, 'exec app $ARGS'], ''],
    ['in branches, for a tool', ['ARGS=--verbose', ...appended, 'nmap $ARGS'], 'runs nmap'],
    ['behind a tool', ['ARGS=--verbose', ...appended, 'CMD="nmap $ARGS"', '$CMD'], 'runs nmap'],
    ['in one variable with it', ['ARGS=nmap', ...appended, '$ARGS'], 'runs nmap, opaque'],
    ['in a function', ['f() {', '  local args=""', ...added, '  echo "$args"', '}', 'exec app $(f)'], ''],
    ['from its own', ['while [ $# -gt 0 ]; do case $1 in', ...counted, 'esac; done', 'exec app $ARGS'], ''],
  ])('%s', (_where, lines, hits) => {
    const context = { ...commandContext, allowance: 65_536 };
    expect(hitsOf(['bash', '-c', lines.join('\n'), 'app', '--verbose'], context, 2)).toBe(hits);
  });
});

scripts('scripts as data', [
  ["sh -c 'nmap'", 'runs nmap'],
  ['sh -c "sh -c \'sh -c \\"nmap\\"\'"', 'runs nmap'],
  ['eval nmap', 'runs nmap'],
  ['eval "nm""ap -sS"', 'runs nmap'],
  ['eval true \\; nmap', 'runs nmap'],
  ["trap 'nmap' EXIT", 'runs nmap'],
  ['exec nmap', 'runs nmap'],
  ['exec -a x nmap', 'runs nmap'],
  ['command nmap', 'runs nmap'],
  ['command -p nmap', 'runs nmap'],
  ['builtin eval nmap', 'runs nmap'],
  ['alias x=nmap\nx -sS', 'runs nmap'],
  ['hash -p /usr/bin/nmap x; x', 'runs nmap'],
  ['sh <<EOF\nnmap\nEOF', 'runs nmap'],
  ["sh <<'EOF'\nnmap\nEOF", 'runs nmap'],
  ['sh <<-EOF\n\tnmap\n\tEOF', 'runs nmap'],
  ['sh -s a <<EOF\nnmap\nEOF', 'runs nmap'],
  ['cat <<EOF | sh\nnmap\nEOF', 'runs nmap'],
  ['cat <<EOF\n$(nmap)\nEOF', 'runs nmap'],
  ['{ sh; } <<EOF\nnmap\nEOF', 'runs nmap'],
  ['cat <<EOF | { sh; }\nnmap\nEOF', 'runs nmap'],
  [". /dev/stdin <<'EOF'\n{ sh; } <<< nmap\nEOF", 'runs nmap'],
  ["echo 'app; sh' | sh", ''],
  ['sh <<< nmap', 'runs nmap'],
  ['echo nmap | sh', 'runs nmap'],
  ['echo nmap | sudo bash', 'runs nmap'],
  ["echo 'true; nmap' | sh -x", 'runs nmap'],
  ['printf nmap | sh', 'runs nmap'],
  ["printf '%s -x' nmap | sh", 'runs nmap'],
  ["printf 'n\\x6dap' | sh", 'runs nmap'],
  ['{ echo nm; } | tr -d "\\n" | sh', ''],
  ['(echo nmap) | sh', 'runs nmap'],
  ['echo nmap | cat | sh', 'runs nmap'],
  ['echo nmap | tee f | sh', 'runs nmap'],
  ['echo bm1hcA== | base64 -d | sh', 'runs nmap'],
  ['base64 -d <<< bm1hcA== | sh', 'runs nmap'],
  ['sh -c "$(echo bm1hcA== | base64 --decode)"', 'runs nmap'],
  ['echo 6e6d6170 | xxd -r -p | sh', 'runs nmap'],
  ['echo pamn | rev | sh', 'runs nmap'],
  ['sh <(echo nmap)', 'runs nmap'],
  ['. <(echo nmap)', 'runs nmap'],
  ['sh < <(echo nmap)', 'runs nmap'],
  ['source /dev/stdin <<< nmap', 'runs nmap'],
  ['echo nmap > f; sh f', 'runs nmap'],
  ['cat > f <<EOF\nnmap\nEOF\nchmod +x f; ./f', 'runs nmap'],
  ['cp /bin/nc /tmp/x; /tmp/x -l', 'runs nc'],
  ['ln -s /bin/busybox /tmp/x; /tmp/x nc', 'runs nc'],
  ['$0 -c nmap', 'runs nmap'],
  ['curl x | sh', ''],
  ['sh script.sh', ''],
]);

scripts('wrappers', [
  ['env nmap', 'runs nmap'],
  ['env -i A=1 nmap', 'runs nmap'],
  ['env -u A -C / nmap', 'runs nmap'],
  ["env -S 'nmap -sS'", 'runs nmap'],
  ["env '-SA=1 nmap' x", 'runs nmap'],
  ['env A=nmap app', ''],
  ['timeout 5 nmap', 'runs nmap'],
  ['timeout -k 1 -s KILL 5s nmap', 'runs nmap'],
  ['timeout --signal=9 5 nmap', 'runs nmap'],
  ['timeout -t 5 nmap', 'runs nmap'],
  ['timeout 5 echo nmap', ''],
  ['nohup nmap &', 'runs nmap'],
  ['nice -n 10 nmap', 'runs nmap'],
  ['nice -10 nmap', 'runs nmap'],
  ['ionice -c 2 -n 7 nmap', 'runs nmap'],
  ['chrt -f 10 nmap', 'runs nmap'],
  ['taskset -c 0 nmap', 'runs nmap'],
  ['numactl -N 0 nmap', 'runs nmap'],
  ['setsid nmap', 'runs nmap'],
  ['stdbuf -oL nmap', 'runs nmap'],
  ['unbuffer nmap', 'runs nmap'],
  ["script -q -c 'nmap -x' /dev/null", 'runs nmap'],
  ['script /dev/null -c nmap', 'runs nmap'],
  ["watch -n 1 'nmap -sn x'", 'runs nmap'],
  ['watch nmap x', 'runs nmap'],
  ['xargs nmap', 'runs nmap'],
  ['xargs -n 1 -I{} nmap {}', 'runs nmap'],
  ['echo x | xargs -I{} sh -c "nmap {}"', 'runs nmap'],
  ['echo nmap | xargs env', 'runs nmap'],
  ['echo nmap | xargs', ''],
  ['xargs echo nmap', ''],
  ['parallel nmap ::: a b', 'runs nmap'],
  ['parallel -j 4 ::: "nmap a" dig', 'runs nmap, runs dig'],
  ['sudo -u root nmap', 'runs nmap'],
  ['sudo A=1 nmap', 'runs nmap'],
  ['doas nmap', 'runs nmap'],
  ["su - root -c 'nmap'", 'runs nmap'],
  ['su -c nmap root', 'runs nmap'],
  ['su-exec root nmap', 'runs nmap'],
  ['gosu root:root nmap', 'runs nmap'],
  ['runuser -u root -- nmap', 'runs nmap'],
  ["runuser root -c 'nmap'", 'runs nmap'],
  ['setpriv --reuid 1000 --clear-groups nmap', 'runs nmap'],
  ["capsh --drop=all -- -c 'nmap'", 'runs nmap'],
  ['tini -- nmap', 'runs nmap'],
  ['tini -s -p KILL -- nmap', 'runs nmap'],
  ['dumb-init -r 15:3 nmap', 'runs nmap'],
  ['s6-setuidgid nobody nmap', 'runs nmap'],
  ['catatonit -- nmap', 'runs nmap'],
  ['flock /lock nmap', 'runs nmap'],
  ["flock -w 5 /lock -c 'nmap'", 'runs nmap'],
  ['strace -f -o out nmap', 'runs nmap'],
  ['ltrace nmap', 'runs nmap'],
  ['find . -exec nmap {} \\;', 'runs nmap'],
  ["find . -execdir sh -c 'nc' \\; -exec dig {} +", 'runs nc, runs dig'],
  ['find . -name nmap', ''],
  ['find . -exec echo nmap \\;', ''],
  ['ip netns exec blue nmap', 'runs nmap'],
  ['ip addr add nmap', ''],
  ['systemd-run --unit x -p A=b nmap', 'runs nmap'],
  ['start-stop-daemon --start --exec /usr/bin/nmap -- -sS', 'runs nmap'],
  ['start-stop-daemon --start --exec=/bin/app --startas /usr/bin/nmap', 'runs nmap'],
  ['start-stop-daemon --start --exec /bin/app -- nmap', ''],
  ['start-stop-daemon --stop --exec /usr/bin/nmap', ''],
  ['start-stop-daemon -K -x /usr/bin/nmap', ''],
  ['/lib64/ld-linux-x86-64.so.2 --library-path /x /usr/bin/nmap', 'runs nmap'],
  ['/lib/ld-musl-x86_64.so.1 nmap', 'runs nmap'],
  ['/lib/x86_64-linux-gnu/ld-2.31.so nmap', 'runs nmap'],
  ['proxychains4 -q nmap', 'runs proxychains4, runs nmap'],
  ['sudo env nice timeout 5 sh -c nmap', 'runs nmap'],
  ['sudo -u nmap app', ''],
]);

scripts('entering namespaces', [
  ['nsenter -t 1 -m -- nmap', 'runs nsenter into host, runs nmap'],
  ['nsenter --target 1 --all sh', 'runs nsenter into host'],
  ['nsenter -t1 -a', 'runs nsenter into host'],
  ['nsenter --mount=/proc/1/ns/mnt sh', 'runs nsenter into host'],
  ['nsenter -n/proc/1/ns/net sh', 'runs nsenter into host'],
  ['nsenter -t 4242 -n tcpdump', 'runs nsenter, runs tcpdump'],
  ['unshare -n app', 'runs unshare'],
  ['nsenter --target 1 --net nmap', 'runs nsenter into host, runs nmap'],
  ['unshare --user nmap', 'runs unshare, runs nmap'],
  ['chroot /host sh -c nmap', 'runs chroot into host, runs nmap'],
  ['chroot /host/', 'runs chroot into host'],
  ['chroot /proc/1/root app', 'runs chroot into host'],
  ['chroot /srv/jail app', ''],
  ['chroot --userspec=1:1 /srv/jail nmap', 'runs nmap'],
]);
scripts(
  'a chroot into a folder that is mounted from the host',
  [
    ['chroot /mnt/x sh', 'runs chroot into host'],
    ['chroot /mnt/xy sh', ''],
  ],
  { hostMounts: ['/mnt/x'] },
);

scripts('package installs', [
  ['apt-get install -y nmap', 'installs nmap'],
  ['apt-get update && apt-get install -y curl nmap=7.94 tcpdump', 'installs nmap, installs tcpdump'],
  ['apt-get -o Foo=bar install nmap', 'installs nmap'],
  ['apt install ./nmap_7.94-1_amd64.deb', 'installs nmap'],
  ['apt install nmap/stable', 'installs nmap'],
  ['apt install nmap:amd64', 'installs nmap'],
  ['aptitude install nmap', 'installs nmap'],
  ['apk add --no-cache nmap', 'installs nmap'],
  ['apk add --no-cache --virtual .x nmap', 'installs nmap'],
  ['apk --update add --repository http://x nmap@edge', 'installs nmap'],
  ["apk add 'nmap>7'", 'installs nmap'],
  ['dnf -y install nmap-ncat', 'installs ncat'],
  ['yum install -y nmap-7.94-1.el9.x86_64', 'installs nmap'],
  ['microdnf install bind-utils', 'installs dig'],
  ['tdnf install -y tcpdump', 'installs tcpdump'],
  ['zypper --non-interactive in nmap', 'installs nmap'],
  ['pacman -Sy --noconfirm nmap', 'installs nmap'],
  ['brew install nmap', 'installs nmap'],
  ['apk add bind-tools busybox-extras', 'installs dig, installs telnet'],
  ['apt-get install netcat-openbsd dnsutils', 'installs nc, installs dig'],
  ['apt-get remove nmap', ''],
  ['apt-get install nmap-', ''],
  ['apt-get purge nc', ''],
  ['apk del nmap', ''],
  ['apk add --virtual nmap curl', ''],
  ['apk info nmap', ''],
  ['pacman -Ss nmap', ''],
  ['pacman -R nmap', ''],
  ['dnf search nmap', ''],
  ['pip install nmap', ''],
  ['npm install nmap', ''],
  ['apt-get install libnmap', ''],
]);

scripts('for reports only', [
  [`python3 -c "import os; os.system('nmap -sS x')"`, 'mentions nmap'],
  [`python -c 'subprocess.run(["/usr/bin/nc", "-l"])'`, 'mentions nc'],
  [`perl -e 'system("nmap")'`, 'mentions nmap'],
  ["ruby -e 'exec `dig x`'", 'mentions dig'],
  [`node -e 'spawn("nc")'`, 'mentions nc'],
  [`php -r 'exec("nmap");'`, 'mentions nmap'],
  [`lua5.4 -e 'os.execute("nmap")'`, 'mentions nmap'],
  [`awk 'BEGIN { system("nmap") }'`, 'mentions nmap'],
  [`awk 'BEGIN { "dig x" | getline }'`, 'mentions dig'],
  [`awk '{ print "nmap" }'`, ''],
  [`python3 -c "print('use nmap')"`, ''],
  ['python3 -c "import nmap"', ''],
  ['python3 nmap.py', ''],
  ['node --eval=1 nc', ''],
  ['exec 3<>/dev/tcp/10.0.0.1/80', 'device /dev/tcp'],
  ['cat < /dev/udp/a/1', 'device /dev/udp'],
  ['echo x > /dev/tcp/a/1', 'device /dev/tcp'],
  ['echo /dev/tcp/a/1', ''],
  ['n*p', 'opaque'],
  ['/usr/bin/nm?p', 'opaque'],
  ['/???/b??/n[m]ap x', 'opaque'],
  ['./*.sh', ''],
  ['ls *', ''],
]);

scripts('windows', [
  ['NMAP.EXE', 'runs nmap'],
  ['nc.exe -l', 'runs nc'],
  ['cmd /c nmap', 'runs nmap'],
  ['cmd.exe /S /C "NMAP -sS && dig"', 'runs nmap, runs dig'],
  ['cmd /c "C:\\\\tools\\\\nc.exe -l"', 'runs nc'],
  ["cmd /c 'n^map'", 'runs nmap'],
  ['cmd /c echo nmap', ''],
  ["powershell -Command 'nmap; Nc'", 'runs nmap, runs nc'],
  ["pwsh -NoProfile -ExecutionPolicy Bypass -c '& C:\\x\\nmap.exe'", 'runs nmap'],
  ['powershell -EncodedCommand bgBtAGEAcAA=', 'runs nmap'],
  ["powershell -c 'Write-Host nmap'", ''],
  ['powershell -File nmap.ps1', ''],
]);
argvs('windows paths in argv', [
  [['C:\\tools\\nc.exe'], 'runs nc @0'],
  [['C:\\tools\\app.exe', 'nc.exe'], ''],
]);

const env = new Map([
  ['TOOL', 'nmap'],
  ['LINE', 'true; nmap -sS'],
  ['PART', 'nm'],
  ['WHOLE', '$(PART)ap'],
  ['SECRET', undefined],
]);
argvs(
  'environment of the container',
  [
    [['$(TOOL)'], 'runs nmap @0'],
    [['/usr/bin/$(PART)ap'], 'runs nmap @0'],
    [['$(WHOLE)'], 'runs nmap @0'],
    [['sh', '-c', '$(TOOL) -sS'], 'runs nmap @2'],
    [['sh', '-c', '$TOOL'], 'runs nmap @2'],
    [['sh', '-c', '${PART}ap'], 'runs nmap @2'],
    [['sh', '-c', '$WHOLE'], 'runs nmap @2'],
    [['sh', '-c', 'eval "$LINE"'], 'runs nmap @2'],
    [['sh', '-c', '$(LINE)'], 'runs nmap @2'],
    [['sh', '-c', 'sh -c "$LINE"'], 'runs nmap @2'],
    [['sh', '-c', '$LINE'], ''],
    [['sh', '-c', "sh -c '$TOOL'"], 'runs nmap @2'],
    [['sh', '-c', "env -i sh -c '$TOOL'"], ''],
    [['sh', '-c', 'echo $$(TOOL)'], ''],
    [['$$(TOOL)'], ''],
    [['$(NONE)'], ''],
    [['$TOOL'], ''],
    [['app', '$(TOOL)'], ''],
    [['sh', '-c', '$SECRET'], 'opaque @2'],
    [['sh', '-c', 'exec $SECRET -x'], 'opaque @2'],
    [['sh', '-c', '/opt/$SECRET'], 'opaque @2'],
    [['$(SECRET)'], 'opaque @0'],
    [['sh', '-c', 'eval "$SECRET"'], 'opaque @2'],
    [['sh', '-c', '$(SECRET)'], 'opaque @2'],
    [['sh', '-c', '${SECRET:-nmap}'], 'runs nmap @2, opaque @2'],
    [['sh', '-c', 'app $SECRET "$SECRET"'], ''],
    [['sh', '-c', '$SECRET/bin/app'], ''],
    [['sh', '-c', '/opt/app-$SECRET'], ''],
    [['sh', '-c', 'n$SECRET'], 'opaque @2'],
  ],
  { env },
);
argvs(
  'environment that may be set out of sight',
  [
    [['sh', '-c', '$X nmap'], 'opaque @2'],
    [['sh', '-c', '${X:-nmap}'], 'runs nmap @2'],
    [['sh', '-c', 'X=nmap; $X'], 'runs nmap @2'],
    [['sh', '-c', '$(nmap)'], 'runs nmap @2, opaque @2'],
    [['$(X)'], 'opaque @0'],
    [['sh', '-c', 'if a; then X=app; fi; $X'], ''],
  ],
  { envComplete: false },
);
argvs(
  'hooks and probes: the kubelet expands nothing',
  [
    [['$(TOOL)'], ''],
    [['sh', '-c', 'echo $(TOOL)'], ''],
    [['sh', '-c', '$TOOL'], 'runs nmap @2'],
  ],
  { env, expandsVariables: false },
);

describe('hits', () => {
  test('the same tool in the same word is told once, in the order of the words', () => {
    expect(hitsOf(['sh', '-c', 'nmap; "$1"; nmap', 'x', 'nmap'], commandContext, -1)).toBe(
      'runs nmap @2, runs nmap @4',
    );
  });

  test('at most 100 are told, and that there is more', () => {
    const argv = ['sh', '-c', '"$@"; '.repeat(2), 'x', 'xargs', ...Array.from({ length: 300 }, () => 'proxychains')];
    const found = readCommandLine(argv, commandContext, defaultTools);
    expect([found.length, found.at(-1)?.how]).toEqual([101, 'exhausted']);
  });

  test('carry the class of the tool', () => {
    const [hit] = readCommandLine(['chroot', '/host'], commandContext, defaultTools);
    expect(hit).toEqual({ tool: 'chroot', class: 'namespace-entry', how: 'runs', word: 0, enters: 'host' });
  });
});

describe('an ordinary long script', () => {
  const log = 'log() { echo "$(date +%s) [$1] $2" >&2; if [ "$1" = fatal ]; then exit 1; fi; }';
  const retry = 'retry() { n=0; until [ $n -ge 5 ]; do "$@" && return 0; n=$((n+1)); sleep 5; done; return 1; }';
  const steps = Array.from(
    { length: 300 },
    (_, step) => `log info "step ${step}"\nretry app-${step} --flag "$HOME/${step}"`,
  );

  // What the evaluator gives the first containers of a pod: container-commands.ts.
  const context = { ...commandContext, allowance: 65_536 };

  test('is read to its end without a hit', () => {
    expect(hitsOf(['sh', '-c', [log, retry, ...steps].join('\n')], context, -1)).toBe('');
  });
  test('hides no tool', () => {
    expect(hitsOf(['sh', '-c', [log, retry, ...steps, 'retry nmap'].join('\n')], context, -1)).toBe('runs nmap @2');
  });
});

describe('tools of a policy', () => {
  const tools = compileCommandTools([{ name: 'mine', entries: ['curl', 'dig'] }]);
  const found = (line: string): string[] =>
    readCommandLine(['sh', '-c', line], commandContext, tools).map(
      ({ how, tool, class: name }) => `${how} ${tool} ${name}`,
    );

  test('are those that are looked for', () => expect(found('curl x; nmap')).toEqual(['runs curl mine']));
  test('keep the packages that carry them', () => expect(found('apk add bind-tools')).toEqual(['installs dig mine']));
  test('leave out the packages of others', () => expect(found('apk add netcat-openbsd nmap-ncat')).toEqual([]));
});
