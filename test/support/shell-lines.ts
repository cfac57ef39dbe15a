/*
 * Command lines built from the constructs that the command reader must see through, nested: lines in which a tool runs,
 * and lines in which the names of tools are only words.
 */
import fc from 'fast-check';
import { quoted, type ShellLine, stubTools } from './shell-stubs.ts';

/** Puts a command into a construct; the depth gives variables of the construct a name that no other layer has. */
type Layer = (inner: string, depth: number) => string;

const tool = fc.constantFrom(...stubTools);
const argument = fc.constantFrom(
  '',
  ' -x',
  ' host 80',
  ' "a b"',
  ' $UNSET',
  ' > out',
  ' 2>&1',
  " 'nc;dig'",
  ' # dig',
  ' -e nmap',
);

/** Ways to write the name of a program. */
const spelling = (name: string): fc.Arbitrary<string> => {
  const head = name.slice(0, 1);
  const tail = name.slice(1);
  return fc.constantFrom(
    name,
    name,
    `${head}''${tail}`,
    `"${name}"`,
    `'${name}'`,
    `\\${name}`,
    `${head}\\${tail}`,
    `${head}\\\n${tail}`,
    `${head}""${tail}`,
    `$'${head}\\x${tail.charCodeAt(0).toString(16)}${tail.slice(1)}'`,
    `$"${name}"`,
    `${head}\${UNSET}${tail}`,
    `${head}$UNSET"${tail}"`,
    `\${UNSET:-${name}}`,
    `\${UNSET-${name}}`,
    `\${UNSET:=${name}}`,
    `\${HOME:+${name}}`,
    `$(echo ${name})`,
    `\`echo ${name}\``,
    `$(printf %s ${head} ${tail})`,
    `${head}{,}${tail.slice(0, 0)}${tail}`,
    `{${name},-x}`,
  );
};

/** A simple command that runs a tool. */
const simple: fc.Arbitrary<string> = tool.chain((name) =>
  fc.tuple(spelling(name), argument).map(([word, rest]) => word + rest),
);
/** A simple command of plain words, which wrappers and text on its way to a shell take. */
const plainSimple = fc.tuple(tool, fc.constantFrom('', ' -x', ' host 80')).map(([name, rest]) => name + rest);

const wrapper = fc.constantFrom(
  'env',
  'env A=1',
  'env -i PATH="$PATH"',
  'env -u B',
  'timeout 5',
  'timeout -s KILL 5',
  'nice',
  'nice -n 5',
  'nohup',
  'setsid -w',
  'stdbuf -oL',
  'ionice -c 3',
  'taskset 1',
  'flock lock',
  'xargs',
  'xargs -n 1',
  'sudo',
  'sudo -u root A=1',
  'doas -u root',
  'su-exec root',
  'gosu root',
  'tini --',
  'tini -s -p KILL --',
  'dumb-init --',
  'catatonit --',
  's6-setuidgid nobody',
  'chrt 1',
  'command',
  'exec',
  'A=1',
  '>out',
  '2>/dev/null',
  '</dev/null',
  'exec nice',
  'command env',
);

/** What stands around a command that runs. */
const around: fc.Arbitrary<Layer> = fc.constantFrom<Layer[]>(
  (inner) => `${inner}\ntrue`,
  (inner) => `true; ${inner}`,
  (inner) => `true && ${inner}`,
  (inner) => `false || ${inner}`,
  (inner) => `${inner}\n`,
  (inner) => `(${inner}\n)`,
  (inner) => `{ ${inner}\n}`,
  (inner) => `! ${inner}`,
  (inner) => `if true; then ${inner}\nfi`,
  (inner) => `if ${inner}\nthen :; fi`,
  (inner) => `if false; then :; else ${inner}\nfi`,
  (inner) => `if false; then :; elif true; then ${inner}\nfi`,
  (inner) => `for i in 1; do ${inner}\ndone`,
  (inner) => `while :; do ${inner}\nbreak; done`,
  (inner) => `until ${inner}\ndo break; done`,
  (inner) => `case nmap in (dig) :;; nc|nmap) ${inner}\n;; esac`,
  (inner) => `case x in *) ${inner}\nesac`,
  (inner) => `f() { ${inner}\n}; f`,
  (inner) => `f() ( ${inner}\n)\nf x`,
  (inner) => `: "$(${inner}\n)"`,
  (inner) => `echo a$(${inner}\n)b`,
  (inner) => `X=$(${inner}\n)`,
  (inner) => `X="a$(${inner}\n)"; :`,
  (inner) => `: $(( 1 + $(${inner}\necho 1) ))`,
  (inner) => `cat <<E\n$(${inner}\n)\nE`,
  (inner) => `echo \${UNSET:-$(${inner}\n)}`,
  (inner) => `: <(${inner}\n); wait; :`,
  (inner) => `eval ${quoted(inner)}`,
  (inner) => `sh -c ${quoted(inner)}`,
  (inner) => `sh -ec ${quoted(inner)} x`,
  (inner) => `sh -c 'eval "$1"' x ${quoted(inner)}`,
  (inner) => `env sh -c ${quoted(inner)}`,
  (inner) => `trap ${quoted(inner)} EXIT`,
  (inner, depth) => `V${depth}=${quoted(inner)}; eval "$V${depth}"`,
  (inner) => `sh <<'EOF'\n${inner}\nEOF`,
  (inner) => `sh <<-'EOF' && true\n\t${inner}\n\tEOF`,
  (inner) => `cat <<'EOF' | sh\n${inner}\nEOF`,
  (inner) => `. /dev/stdin <<'EOF'\n${inner}\nEOF`,
  (inner) => `printf '%s\\n' ${quoted(inner)} | sh`,
  (inner) => `echo ${Buffer.from(inner).toString('base64')} | base64 -d | sh`,
  (inner) => `printf '%s' ${quoted(inner)} > ./s; sh ./s`,
  (inner) => `cat > s <<'EOF'\n${inner}\nEOF\n. ./s`,
  (inner) => `find . -maxdepth 0 -exec sh -c ${quoted(inner)} \\;`,
  (inner) => `echo x | xargs sh -c ${quoted(inner)}`,
  (inner) => `env -S ${quoted('sh -c')} ${quoted(inner)}`,
  (inner) => `echo nmap; ${inner}`,
  (inner) => `echo "it's" 'a "b' # it's\n${inner}`,
  (inner) => `: \${X#'}'} "\${X%"}"}"; ${inner}`,
  (inner) => `[ nmap = nc ] || ${inner}`,
  (inner) => `{ ${inner}\n} & wait`,
  (inner) => `{ ${inner}\n} | cat`,
  (inner) => `cat </dev/null | { ${inner}\n}`,
  (inner) => `cat <<A <<B; ${inner}\nnmap\nA\ndig\nB\n:`,
);

function reversed(text: string): string {
  return Array.from(text).reverse().join('');
}

/** Commands whose program is named by data. */
const indirect: fc.Arbitrary<string> = tool.chain((name) =>
  fc.constantFrom(
    `X=${name}; $X`,
    `X=${name.slice(0, 1)}; \${X}${name.slice(1)} -x`,
    `X='${name} -x'; $X`,
    `X=x${name}; \${X#x}`,
    `X=${name}.sh; \${X%.*}`,
    `export X=${name}; sh -c '$X -x'`,
    `X=${name} sh -c '$X'`,
    `env X=${name} sh -c '$X'`,
    `sh -c '"$@"' x ${name} -x`,
    `sh -c '$0 -x' ${name}`,
    `set -- ${name} -x; "$@"`,
    `set -- a ${name}; shift; "$1"`,
    `for t in true ${name}; do $t; done`,
    `for t do $t; done; set -- ${name}; for t do $t; done`,
    `f() { "$@"; }; f ${name} -x`,
    `f() { $1; }; f ${name}`,
    `echo ${name} | { read x; $x; }`,
    `echo ${name} | while read x; do $x; done`,
    `echo ${name} | xargs env`,
    `echo ${name} | xargs -I@ sh -c '@ -x'`,
    `echo ${name} | sh`,
    `printf ${name} | sh -s a b`,
    `echo 'echo ${name} | sh' | sh`,
    `A=$(echo ${name}); $A`,
    `[ a = b ] && X=true; : \${X:=${name}}; $X`,
    `X=true; [ a = a ] && X=${name}; $X`,
    `X=true; (X=false); X=${name}; $X`,
    `X=; $X ${name}`,
    `$UNSET ${name}`,
    `IFS=,; X=${name},-x; $X`,
    `IFS=${name.slice(1, 2)}; \${X:-"${name}"} -x`,
    `\${X:-${name} -x}`,
    `set -- ${name} -x; \${1+"$@"}`,
    `set -- ${name}.x; \${@%.x}`,
    `set -- a ${name} -x; "\${@:2}"`,
    `set -- a ${name}; "\${@: -1}"`,
    `set -- a ${name}; "\${!#}"`,
    `a=(); "\${a[@]}" ${name}`,
    `a=(x.${name}); "\${a[@]#x.}"`,
    `X=${name.toUpperCase()}; \${X@L}`,
    `IFS=', '; X=' ${name} ,-x'; $X`,
    `IFS=${name.slice(1, 2)}; X=${name}; "$X"`,
    `IFS=${name.slice(1, 2)} sh -c '$1' x ${name}`,
    `set -- ${name.slice(0, 1)} ${name.slice(1)}; IFS=; "$*" x`,
    `set -- ${name.slice(0, 1)} ${name.slice(1)}; IFS=; X=$*; $X x`,
    `set -- ${name.slice(0, 1)} ${name.slice(1)}; IFS=; eval "/$*" || eval "$*"`,
    `set -- ${name.slice(0, 1)} ${name.slice(1)}; IFS=; X=$@; $X x`,
    `set -- ${name.slice(0, 1)} ${name.slice(2)}; IFS=${name.slice(1, 2)}; "$*"`,
    `set -- ${name.slice(0, 1)} ${name.slice(1)}; IFS=; sh <<Q\n$*\nQ`,
    `set -- ${name} -x; IFS=; sh <<Q\n$*\nQ`,
    `f() { "$*"; }; IFS= f ${name.slice(0, 1)} ${name.slice(1)}`,
    `a=(${name.slice(0, 1)} ${name.slice(1)}); IFS=; "\${a[*]}"`,
    `${name}\${IFS}-x`,
    `printf '${name.slice(0, 2)}%s' ${name.slice(2)} | sh`,
    `X='sh -c'; $X ${name}`,
    `X=${name}; sh <<Q\n$X\nQ`,
    `echo ${reversed(name)} | rev | sh`,
    `eval X=${name}; $X`,
    `eval "${name.slice(0, 1)}""${name.slice(1)}"`,
    `alias y=${name}\ny`,
    `a=(${name} -x); "\${a[@]}"`,
    `X=x${name}y; \${X:1:${name.length}}`,
    `coproc ${name}; wait`,
    `echo ${name} > q; BASH_ENV=./q bash -c :`,
    `trap '$X' EXIT; X=${name}`,
    `set -a; X=${name}; sh -c '$X'`,
    `f() { g; }; g() { $X; }; X=${name}; f`,
    `echo ${name} > q; chmod +x q; PATH=.:$PATH q`,
    `alias y='echo ${name} |'\ny sh`,
    `PS4='$(${name})'; set -x; :`,
    `a=([1]=${name}); \${a[1]}`,
    `echo "'${name}'" | xargs env`,
    `printf '${name}\\0' | xargs -0 env`,
    `echo ${name} > q; xargs -a q env`,
    `echo ${name} | tee >(sh); wait`,
    `typeset -l X; X=${name.toUpperCase()}; $X`,
    `X=${name} :; $X`,
    `X=${name} export Y; $X`,
    `exec 3> q; echo ${name} >&3; sh q`,
    `exec > q; echo ${name}; sh q`,
    `exec 3<<Q\n${name}\nQ\nsh <&3`,
    `exec <<Q\n${name}\nQ\nsh`,
    `echo ${name} > q; $(< q)`,
    `cat > q <<Q && sh q\n${name}\nQ`,
    `X=$(cat <<Q\n${name}\nQ\n); $X`,
    `X=$(echo ${name} >&1); $X`,
    `read X <<< '${name.slice(0, 1)}\\${name.slice(1)}'; $X`,
    `read -a a <<< "x ${name}"; \${a[1]}`,
    `mapfile -t a <<< ${name}; "\${a[0]}"`,
    `$(printf '%.${name.length}s' ${name}xx)`,
    `f() { while [ $# -gt 1 ]; do shift; done; $1; }; f a b ${name}`,
    `f() { while [ $# -gt 0 ]; do $1; shift; done; }; f true ${name}`,
    `time -p ${name}`,
    `sh <<< ${name}`,
    `. <(echo ${name})`,
    `sh <(echo ${name})`,
    `sh < <(echo ${name})`,
    `[[ a == a ]] && ${name}`,
    `(( 1 )) && ${name}`,
    `function g { ${name}; }; g`,
    `exec -a x ${name}`,
    `X=${name}; Y=X; \${!Y}`,
    `X=${name.toUpperCase()}; \${X,,}`,
    `printf -v X ${name}; $X`,
    `${name} &> out`,
    `{ sh; } <<< ${name}`,
  ),
);

const innermost = fc.oneof(
  { weight: 3, arbitrary: simple },
  { weight: 2, arbitrary: indirect },
  {
    weight: 2,
    arbitrary: fc
      // Each once: a flock in a flock of the same file waits for itself, for ever.
      .tuple(fc.uniqueArray(wrapper, { minLength: 1, maxLength: 3 }), plainSimple)
      .map(([before, command]) => [...before.sort(byKind), command].join(' ')),
  },
);

/** Assignments and redirections stand first, then the shell's own words, then programs. */
function byKind(one: string, other: string): number {
  return rank(one) - rank(other);
}

function rank(word: string): number {
  if (word.startsWith('A=') || word.startsWith('>') || word.startsWith('2') || word.startsWith('<')) return 0;
  if (word.startsWith('command')) return 1;
  return word.startsWith('exec') ? 2 : 3;
}

/** Lines in which every tool that is written as a command runs. */
export const runningLine: fc.Arbitrary<ShellLine> = fc
  .tuple(innermost, fc.array(around, { maxLength: 3 }))
  .map(([inner, layers]) => ({
    script: layers.reduce((script, layer, depth) => layer(script, depth), inner),
    words: [],
  }));

/** Commands in which the names of tools are words like others. */
const innocent: fc.Arbitrary<string> = fc
  .tuple(tool, tool)
  .chain(([one, two]) =>
    fc.constantFrom(
      `echo ${one}`,
      `echo "${one}; ${two}"`,
      `echo '$(${one})' ${two}`,
      `echo \\; ${one}`,
      `echo \\$\\(${one}\\)`,
      `echo "\\$(${one}) \\\`${two}\\\`"`,
      `echo "a\n${one}\nb"`,
      `printf '%s\\n' ${one} ${two}`,
      `grep -r ${one} .`,
      `rm -f ${one} /usr/bin/${two}`,
      `ls /usr/bin/${one}`,
      `which ${one}`,
      `command -v ${one}`,
      `type ${one}`,
      `test -x ${one}`,
      `[ -x /usr/bin/${one} ]`,
      `[ ${one} = ${two} ]`,
      `${one}=1`,
      `X=${one}`,
      `X=${one}; echo $X "$X" \${X}`,
      `X='a;${one}'; echo $X`,
      `X="${one} ${two}"; app $X`,
      `export ${one}=${two}`,
      `env ${one}=1 app ${two}`,
      `app --with-${one} ${two}`,
      `app ${one}`,
      `app -- ${one} -e ${two}`,
      `curl http://${one}/${two}`,
      `app # ${one}`,
      `app a#b ${one}`,
      `: \${UNSET:-${one}}`,
      `: "\${UNSET:=${one}}"`,
      `echo {${one},${two}}`,
      `echo $(echo ${one})`,
      `X=$(echo ${one}); echo $X`,
      `cat <<E\n${one}\n${two} -x\nE`,
      `cat <<'E'\n$(${one})\n\`${two}\`\nE`,
      `cat <<-E | cat\n\t${one}\n\tE`,
      `cat > f <<E\n#!/bin/sh\n${one}\nE`,
      `cat <<E\n\\$(${one})\nE`,
      `echo ${one} > ${two}`,
      `app > ${one} 2>${two}`,
      `app 2>&1 >${one}`,
      `case ${one} in ${one}) app;; ${two}|x) app;; esac`,
      `case x in (${one}) app;; esac`,
      `for t in ${one} ${two}; do echo $t; done`,
      `for ${one} in 1; do app; done`,
      `while false; do echo ${one}; done`,
      `if [ x = ${one} ]; then echo ${two}; fi`,
      `${one}() { app; }`,
      `f() { echo ${one}; }; f ${two}`,
      `f() { echo "$@"; }; f ${one}`,
      `sh -c 'echo "$1"' x ${one}`,
      `sh -c 'app' ${one} ${two}`,
      `sh -c 'echo ${one}'`,
      `set -- ${one} ${two}; echo "$@"`,
      `read ${one} </dev/null`,
      `trap - INT`,
      `xargs echo ${one}`,
      `timeout 5 echo ${one}`,
      `nice -n 5 app ${one}`,
      `sudo -u ${one} app`,
      `find . -maxdepth 0 -name ${one}`,
      `find . -maxdepth 0 -exec echo ${one} \\;`,
      `echo ${one} | cat`,
      `echo ${one} | grep ${two}`,
      `: $(( ${one} + 1 ))`,
      `unset ${one}`,
      `true; # ${one}; ${two}`,
      `app "\`echo ${one}\`"`,
      `X="$(printf %s ${one})"; app "$X"`,
      `:; (set -- ${one.slice(0, 1)} ${one.slice(1)}; app "$*")`,
      `:; (set -- ${one.slice(0, 1)} ${one.slice(1)}; IFS=; app "$*" $*)`,
      `:; (set -- ${one.slice(0, 1)} ${one.slice(1)}; IFS= app; X=$*; app $X)`,
      `:; (IFS=${one.slice(1, 2)}; app "$IFS"; app ${one}; echo $IFS | app)`,
      `app '' ${one}`,
      `app \\\n${one}`,
      `[[ ${one} == ${two} ]] || true`,
      `app <<< ${one}`,
      `systemctl stop ${one}`,
      `cat <(echo ${one})`,
    ),
  );

const innocentAround: fc.Arbitrary<Layer> = fc.constantFrom<Layer[]>(
  (inner) => `${inner}\ntrue`,
  (inner) => `(${inner}\n)`,
  (inner) => `{ ${inner}\n}`,
  (inner) => `if true; then ${inner}\nfi`,
  (inner) => `for i in 1 2; do ${inner}\ndone`,
  (inner) => `case x in *) ${inner}\n;; esac`,
  (inner) => `f() { ${inner}\n}; f`,
  (inner) => `: "$(${inner}\n)"`,
  (inner) => `eval ${quoted(inner)}`,
  (inner) => `sh -c ${quoted(inner)}`,
  (inner) => `sh <<'EOF'\n${inner}\nEOF`,
  (inner) => `printf '%s' ${quoted(inner)}`,
  // Not echo: shells differ in what it makes of a backslash, and the reader reads both.
  (inner) => `printf '%s\\n' ${quoted(inner)} > s; sh s`,
  (inner, depth) => `V${depth}=${quoted(inner)}; eval "$V${depth}"`,
  (inner) => `{ ${inner}\n} & wait`,
);

/** Lines in which no tool is a command. */
export const innocentLine: fc.Arbitrary<ShellLine> = fc
  .tuple(fc.array(innocent, { minLength: 1, maxLength: 3 }), fc.array(innocentAround, { maxLength: 3 }))
  .map(([inner, layers]) => ({
    script: layers.reduce((script, layer, depth) => layer(script, depth), inner.join('\n')),
    words: [],
  }));
