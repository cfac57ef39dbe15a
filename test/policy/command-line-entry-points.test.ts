// Scripts as images and manifests have them: nothing in them is told, whatever of the shell they use.
import { expect, test } from '@jest/globals';
import { readCommandLine } from '../../src/policy/command-line.ts';
import { commandContext, defaultTools } from '../support/shell-reader.ts';

const scripts: readonly (readonly [string])[] = [
  [
    'set -euo pipefail\nIFS=$\'\\n\\t\'\nfor f in /docker-entrypoint.d/*.sh; do [ -x "$f" ] && "$f" "$@"; done\nexec "$@"',
  ],
  [
    'set -e\nif [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then set -- redis-server "$@"; fi\nif [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then find . \\! -user redis -exec chown redis \'{}\' +; exec gosu redis "$0" "$@"; fi\nexec "$@"',
  ],
  [
    'file_env() { local var="$1"; local fileVar="${var}_FILE"; local def="${2:-}"; local val="$def"; if [ "${!var:-}" ]; then val="${!var}"; elif [ "${!fileVar:-}" ]; then val="$(< "${!fileVar}")"; fi; export "$var"="$val"; unset "$fileVar"; }\nfile_env POSTGRES_PASSWORD\nexec postgres',
  ],
  [
    'IFS=\',\' read -ra HOSTS <<< "$BROKERS"\nfor h in "${HOSTS[@]}"; do echo "waiting for $h"; until wget -q --spider "http://$h/"; do sleep 1; done; done\nexec java -jar app.jar',
  ],
  [
    'OLDIFS=$IFS; IFS=:; for d in $PATH; do [ -x "$d/java" ] && JAVA=$d/java; done; IFS=$OLDIFS; exec "${JAVA:-/usr/bin/java}" -jar app.jar',
  ],
  [
    'ARGS=(); while [[ $# -gt 0 ]]; do case "$1" in --debug) ARGS+=(--log-level debug); shift;; --) shift; break;; *) ARGS+=("$1"); shift;; esac; done; exec /app/server "${ARGS[@]}" "$@"',
  ],
  ['JAVA_OPTS="-Xmx512m"; for o in a b c; do JAVA_OPTS="$JAVA_OPTS -D$o=1"; done; exec java $JAVA_OPTS -jar app.jar'],
  ['CMD="python manage.py"; [ -n "$DEBUG" ] && CMD="$CMD --verbosity 3"; $CMD migrate && exec gunicorn app.wsgi'],
  ["envsubst '$HOST $PORT' < /etc/nginx/nginx.conf.tpl > /etc/nginx/nginx.conf; exec nginx -g 'daemon off;'"],
  ['cat > /etc/app.conf <<EOF\nlisten=${PORT:-8080}\nname=$(hostname)\nEOF\nexec app -c /etc/app.conf'],
  ["trap 'kill -TERM $PID' TERM INT; app & PID=$!; wait $PID; trap - TERM INT; wait $PID"],
  ['trap "rm -f $tmp" EXIT; tmp=$(mktemp); sort "$1" > "$tmp"; app "$tmp"'],
  ['mapfile -t files < <(find /data -name \'*.sql\' | sort); for f in "${files[@]}"; do psql -f "$f"; done'],
  ['while IFS=\'=\' read -r key value; do export "$key=$value"; done < /etc/app.env; exec app'],
  ['set -a; . /etc/app.env; set +a; exec app'],
  ['exec > >(tee -a /var/log/app.log) 2>&1; echo starting; exec app'],
  ['exec 3>&1; log() { echo "$@" >&3; }; log start; exec app'],
  ['exec 200>/var/lock/app.lock; flock -n 200 || exit 1; exec app'],
  ['sed -i "s|__API__|${API_URL}|g; s/__V__/$V/" /usr/share/nginx/html/*.js; exec nginx'],
  ["sed -e 's/#.*//' -e '/^$/d' /etc/hosts | cut -d' ' -f1 | sort -u | head -n 5 | xargs -r -n1 echo"],
  ['echo "$CONFIG" | base64 -d > /etc/app.json; exec app --config /etc/app.json'],
  ['printf \'%s\\n\' "$KEY" > /root/.ssh/id_rsa; chmod 600 /root/.ssh/id_rsa; exec git-sync'],
  ["printf '%-20s %s\\n' name value; printf '%05d\\n' 3; exec app"],
  ['NPROC=$(nproc); WORKERS=${WORKERS:-$((NPROC * 2 + 1))}; exec gunicorn -w "$WORKERS" app'],
  ['HOST_IP=$(hostname -i | awk \'{print $1}\'); exec consul agent -bind="$HOST_IP"'],
  [
    'ORD=${HOSTNAME##*-}; if [ "$ORD" -eq 0 ]; then cp /cfg/primary.conf /etc/my.cnf; else cp /cfg/replica.conf /etc/my.cnf; fi; exec mysqld',
  ],
  [
    'PEERS=; for i in $(seq 0 $((REPLICAS-1))); do PEERS="${PEERS}${PEERS:+,}etcd-$i=http://etcd-$i:2380"; done; exec etcd --initial-cluster "$PEERS"',
  ],
  [
    'getopts_usage() { echo usage; exit 1; }; while getopts "a:b:h" o; do case $o in a) A=$OPTARG;; b) B=$OPTARG;; *) getopts_usage;; esac; done; shift $((OPTIND-1)); exec app "$A" "$B" "$@"',
  ],
  ['until curl -sf http://localhost:8080/health; do echo waiting; sleep 2; done; echo ok'],
  ['for i in $(seq 1 30); do if pg_isready -h "$DB"; then break; fi; sleep 1; done; exec app'],
  ['if command -v nc >/dev/null 2>&1; then echo has nc; fi; type -p curl; hash curl 2>/dev/null || exit 1; exec app'],
  ['apk add --no-cache curl jq bash && curl -s x | jq -r \'.items[]\' | while read -r l; do echo "$l"; done'],
  ['apt-get update && apt-get install -y --no-install-recommends ca-certificates curl && rm -rf /var/lib/apt/lists/*'],
  ['[ -f /run/secrets/db ] && DB_PASSWORD=$(cat /run/secrets/db) && export DB_PASSWORD; exec node server.js'],
  ['[[ "$1" =~ ^(start|run)$ ]] && exec /app/bin/app "$1"; exec "$@"'],
  [
    'case "$1" in server) shift; exec app server "$@";; worker) shift; exec celery -A app worker "$@";; sh|bash) exec "$@";; *) exec "$@";; esac',
  ],
  ['declare -A PORTS=([http]=80 [https]=443); for k in "${!PORTS[@]}"; do echo "$k ${PORTS[$k]}"; done; exec app'],
  ['declare -r VERSION=1.2; readonly DIR=/opt/app-$VERSION; cd "$DIR" && exec ./bin/app'],
  ['typeset -l ENVIRONMENT=${ENVIRONMENT:-DEV}; exec app --env "$ENVIRONMENT"'],
  ["PS4='+ ${BASH_SOURCE}:${LINENO}: '; set -x; exec app"],
  [
    'export PATH=/opt/app/bin:$PATH; cat > /opt/app/bin/run <<\'E\'\n#!/bin/sh\nexec app "$@"\nE\nchmod +x /opt/app/bin/run; run --now',
  ],
  [
    'log() { printf \'[%s] %s\\n\' "$(date -Iseconds)" "$*" >&2; }; die() { log "$@"; exit 1; }; [ -n "$X" ] || die "X is not set"; exec app',
  ],
  [
    'retry() { local n=$1; shift; until "$@"; do n=$((n-1)); [ $n -le 0 ] && return 1; sleep 1; done; }; retry 5 curl -f http://x; exec app',
  ],
  ['run() { echo "+ $*"; "$@"; }; run mkdir -p /data; run chown -R app /data; exec su-exec app app'],
  ['main() { setup; start; }; setup() { mkdir -p "$DIR"; }; start() { exec app "$@"; }; DIR=/data; main "$@"'],
  ['as_user() { if [ "$(id -u)" = 0 ]; then gosu app "$@"; else "$@"; fi; }; as_user app migrate; as_user app serve'],
  ['tail -F /var/log/app.log & exec app'],
  ['tee /etc/app.conf <<< "a=b" > /dev/null; exec app'],
  ['xargs -a /etc/packages -n 10 echo installing; exec app'],
  [
    'jq -r \'to_entries[] | "\\(.key)=\\(.value)"\' /cfg.json | while IFS= read -r kv; do export "${kv?}"; done; exec app',
  ],
  ["python3 -c 'import sys; print(sys.version)' && exec python3 app.py"],
  ["awk -F= '/^port/ {print $2}' /etc/app.ini | tr -d ' ' | head -1"],
  ["openssl rand -base64 32 | tr -dc 'a-zA-Z0-9' | head -c 16 > /run/token; exec app"],
  ['kubectl get pods -o name | cut -d/ -f2 | xargs -I{} kubectl describe pod {}'],
  ['mysql -h "$H" <<SQL\nCREATE DATABASE IF NOT EXISTS $DB;\nSQL'],
  ['aws s3 cp "s3://$B/x.tar.gz" - | tar xz -C /data; exec app'],
  ['curl -fsSL https://x/install.sh | sh -s -- --yes'],
  ['(umask 077; echo "$T" > /run/t); exec app'],
  ['{ echo a; echo b; } > /etc/x; exec app'],
  ['( while :; do sync-files; sleep 60; done ) & exec app'],
  ['exec sh -c \'trap "exit 0" TERM; while :; do sleep 1; done\''],
  ['exec tini -s -- /usr/bin/java ${JAVA_OPTS} -jar /app.jar "$@"'],
  ['exec "${@:-app}"'],
  ['exec ${1+"$@"}'],
  ['exec java ${JAVA_OPTS:+$JAVA_OPTS} ${DEBUG:+-Xdebug} -jar app.jar'],
  ['exec /app/bin/${APP_NAME:-server} "$@"'],
  ['exec env -u X PORT=${PORT:-80} app'],
  ['a=${X:-"a b"}; set -- ${Y:-x y}; exec app "$@" "$a"'],
  ['v=$(app --version | sed \'s/^v//\' | cut -d. -f1-2); [ "$v" = 1.2 ] || exit 1; exec app'],
  ['n=0; while [ $n -lt 10 ]; do n=$((n+1)); done; for ((i=0;i<3;i++)); do echo $i; done; exec app'],
  ['readarray -t lines <<< "$LIST"; for l in "${lines[@]}"; do echo "${l%%=*}"; done; exec app'],
  ['read -r -d \'\' JSON <<\'E\' || true\n{"a":"nmap"}\nE\necho "$JSON" > /cfg; exec app'],
  ['X=nmap; case ":$TOOLS:" in *":$X:"*) echo "has $X";; esac; exec app'],
  ['TOOLS="nmap nc dig"; for t in $TOOLS; do command -v "$t" >/dev/null || echo "missing $t"; done; exec app'],
  ['IFS=,; echo "$*"; set -- a b; printf \'%s\\n\' "$*"; unset IFS; exec app'],
  ['join() { local IFS="$1"; shift; echo "$*"; }; X=$(join , a b c); exec app --list "$X"'],
];

test.each(scripts)('%j is silent', (script) => {
  for (const envComplete of [true, false]) {
    const context = { ...commandContext, envComplete, allowance: 65_536 };
    expect(readCommandLine(['bash', '-c', script, 'app', 'serve'], context, defaultTools)).toEqual([]);
  }
});

// The same tests would pass for a reader that sees nothing.
test.each(scripts)('%j does not hide what stands behind it', (script) => {
  const line = `(:\n${script}\n)\nnmap`;
  const hits = readCommandLine(
    ['bash', '-c', line, 'app', 'serve'],
    { ...commandContext, allowance: 65_536 },
    defaultTools,
  );
  expect(hits).toMatchObject([{ tool: 'nmap', how: 'runs' }]);
});
