/*
 * Fields:  securityContext.capabilities.add of every container
 * Allowed: anything that grants neither NET_RAW nor ALL
 * Source:  containerd internal/cri/server/container_create_linux.go and pkg/cap; CRI-O internal/factory/container;
 *          moby daemon/pkg/oci/caps. docker appends adds after drops, so a drop beside the grant changes nothing.
 */
import { never } from '../cel/expression.ts';
import { addsCapability, someContainer } from '../cel/pod.ts';
import { grantOf, toldOfGrants } from '../cel/told-capabilities.ts';
import { grantsNetRaw, readGrant } from '../capabilities.ts';
import { asList } from '../json.ts';
import type { RuleDefinition } from '../rule.ts';
import { isWindows } from '../windows.ts';

const messages = {
  all: 'adds ALL capabilities, NET_RAW among them',
  own: 'adds NET_RAW: the container opens raw sockets and sniffs its network',
} as const;

export const netRaw: RuleDefinition = {
  id: 'net-raw',
  title: 'Raw sockets granted',
  category: 'Capabilities',
  action: 'deny',
  severity: 'high',
  finds: 'A container whose `capabilities.add` grants NET_RAW, by name, with the CAP_ prefix, or as part of ALL.',
  why: 'NET_RAW opens raw and packet sockets: it is what tcpdump, nmap and ARP spoofers need. An explicit grant stands whatever `drop` says.',
  fields: [
    'spec.containers[*].securityContext.capabilities.add',
    'spec.initContainers[*].securityContext.capabilities.add',
    'spec.ephemeralContainers[*].securityContext.capabilities.add',
  ],
  allowed: 'any list that names neither NET_RAW nor ALL, in any spelling',
  remedy:
    'Take NET_RAW out of `add` and put it in `drop`. An unprivileged ping works without it (sysctl `net.ipv4.ping_group_range`).',
  sources: [
    'https://github.com/containerd/containerd/blob/main/pkg/cap/cap_linux.go',
    'https://github.com/moby/moby/blob/master/daemon/pkg/oci/caps/utils.go',
    'https://man7.org/linux/man-pages/man7/capabilities.7.html',
  ],
  repair: 'safe',
  necessary: ({ action }, counts) => (counts(action) ? someContainer(addsCapability(['NET_RAW', 'ALL'])) : never),
  exact: () => toldOfGrants([grantOf('ALL', messages.all), grantOf('NET_RAW', messages.own)]),
  undecided: 'names with letters outside ASCII or longer than 40 characters, and lists of more than 24',
  prepare: () => (pod, report) => {
    for (const container of pod.containers) {
      const add = asList(container.capabilities['add']);
      if (add.length === 0) continue;
      // ALL beside NET_RAW: taking the one out would leave the other, so neither is mended. Over another container a `drop`
      // of its own would put that one's `drop: [ALL]` out of force.
      const grantsAll = add.some((entry) => typeof entry === 'string' && readGrant(entry).name === 'ALL');
      const mend = grantsAll || pod.overlay || isWindows(pod) ? {} : ({ mend: 'drop-net-raw' } as const);
      for (let index = 0; index < add.length; index += 1) {
        const entry = add[index];
        if (typeof entry !== 'string') continue;
        const grant = readGrant(entry);
        if (!grantsNetRaw(grant)) continue;
        const all = grant.name === 'ALL';
        report({
          container,
          path: [...container.path, 'securityContext', 'capabilities', 'add', index],
          message: !grant.ascii
            ? `capability name with letters outside ASCII that folds to ${grant.name}`
            : all
              ? messages.all
              : messages.own,
          ...(all ? { remedy: 'Replace ALL by the capabilities that the program needs; NET_RAW is seldom one.' } : {}),
          ...mend,
        });
      }
    }
  },
};
