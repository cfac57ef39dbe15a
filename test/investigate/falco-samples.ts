/*
 * Events in the shapes that Falco and Falcosidekick send; the values are made up, the fields are those of the rule's output
 * and of Falco's `append_output` with container and Kubernetes fields.
 */

/** As Falco's http_output sends it for a pod that is known. */
export const fromFalco = {
  hostname: 'node-a',
  output:
    '10:21:33.123456780: Notice Network tool launched on host | evt_type=execve user=root process=nmap command=nmap -sS 10.0.0.0/24',
  output_fields: {
    'container.id': '3ad7b26ded6d',
    'container.image.repository': 'docker.io/nicolaka/netshoot',
    'container.image.tag': 'v0.13',
    'container.name': 'shell',
    'evt.hostname': 'node-a',
    'evt.time': 1_763_979_693_123_456_800,
    'evt.type': 'execve',
    'k8s.ns.name': 'shop',
    'k8s.pod.name': 'scanner-7d9c5b6f4-x2x4z',
    'proc.aname[2]': 'containerd-shim',
    'proc.cmdline': 'nmap -sS 10.0.0.0/24',
    'proc.exepath': '/usr/bin/nmap',
    'proc.name': 'nmap',
    'proc.pid': 4711,
    'proc.pname': 'bash',
    'proc.tty': 0,
    'user.loginuid': -1,
    'user.name': 'root',
    'user.uid': 0,
  },
  priority: 'Notice',
  rule: 'Launch Suspicious Network Tool on Host',
  source: 'syscall',
  tags: ['T1018', 'host', 'maturity_sandbox', 'mitre_discovery', 'network', 'process'],
  time: '2025-11-24T10:21:33.123456780Z',
};

/** The same event as Falcosidekick passes it on. */
export const fromFalcosidekick = {
  uuid: '9f4ae7ac-9a4d-4d0f-b6e3-3d0c1f5c9a11',
  ...fromFalco,
  time: '2025-11-24T10:21:33.12345678Z',
  output_fields: { ...fromFalco.output_fields, cluster: 'production' },
};

/** A process on the node itself: no container, no pod. */
export const ofHost = {
  hostname: 'node-a',
  output: '10:22:01.000000001: Notice Network tool launched on host',
  output_fields: {
    'container.id': 'host',
    'container.image.repository': null,
    'container.name': 'host',
    'evt.time': 1_763_979_721_000_000_000,
    'k8s.ns.name': null,
    'k8s.pod.name': '<NA>',
    'proc.aname[2]': 'sshd',
    'proc.aname[3]': 'sshd',
    'proc.cmdline': 'tcpdump -i any -w /tmp/x',
    'proc.exepath': '/usr/sbin/tcpdump',
    'proc.name': 'tcpdump',
    'proc.pname': 'bash',
    'user.loginname': 'jane',
    'user.name': 'root',
  },
  priority: 'Notice',
  rule: 'Launch Suspicious Network Tool on Host',
  source: 'syscall',
  tags: ['host'],
  time: '2025-11-24T10:22:01.000000001Z',
};

/** Of the plugin k8saudit: who asked the API server for what. */
export const ofAudit = {
  hostname: 'falco-0',
  output: '10:23:00: Notice Attach/Exec to pod (user=jane pod=scanner ns=shop action=exec)',
  output_fields: {
    'ka.target.name': 'scanner',
    'ka.target.namespace': 'shop',
    'ka.target.resource': 'pods',
    'ka.target.subresource': 'exec',
    'ka.user.name': 'jane',
    'ka.verb': 'create',
  },
  priority: 'Notice',
  rule: 'Attach/Exec Pod',
  source: 'k8s_audit',
  tags: ['k8s'],
  time: '2025-11-24T10:23:00Z',
};
