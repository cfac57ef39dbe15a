/*
 * What the kernel says of a container, in the words of the rules: the oracle of the kernel-witness tests. It knows nothing
 * of manifests, so that no misreading of one can be shared with the rules.
 */
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import type { WitnessReport } from './harness/witness.ts';

/** The rules that the kernel can bear out. */
export type KernelFact = 'host-network' | 'host-pid' | 'host-ipc' | 'net-raw' | 'host-capability' | 'privileged';

/** What a process of the node itself is in. */
export interface NodeSight {
  readonly namespaces: WitnessReport['namespaces'];
  /** What no process of this machine has, no container can get. */
  readonly capabilities: ReadonlySet<string>;
}

/** Numbers of the capabilities that the rules name. Source: linux/capability.h. */
const capabilityNumbers: ReadonlyMap<string, bigint> = new Map([
  ['DAC_READ_SEARCH', 2n],
  ['NET_ADMIN', 12n],
  ['NET_RAW', 13n],
  ['SYS_MODULE', 16n],
  ['SYS_RAWIO', 17n],
  ['SYS_PTRACE', 19n],
  ['SYS_ADMIN', 21n],
  ['BPF', 39n],
]);

/** What is visible in a pod that has a network of its own; see the CNI configuration of the node. */
const ownInterfaces: ReadonlySet<string> = new Set(['lo', 'eth0']);

/**
 * Looks at the node from outside.
 * @param networkNamespace - the name of the network namespace that the node lives in
 */
export function sightOfNode(networkNamespace: string): NodeSight {
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return {
    namespaces: {
      net: `net:[${statSync(`/run/netns/${networkNamespace}`).ino}]`,
      pid: readlinkSync('/proc/self/ns/pid'),
      ipc: readlinkSync('/proc/self/ns/ipc'),
    },
    capabilities: namesOf(BigInt(`0x${bounding}`)),
  };
}

/**
 * The capabilities that a process has or can come by, as far as the rules name them. One in the bounding set alone is
 * within reach: a user other than root gets it from a file that has it.
 */
export function heldCapabilities({ capabilities }: WitnessReport): ReadonlySet<string> {
  return namesOf(Object.values(capabilities).reduce((all, digits) => all | BigInt(`0x${digits}`), 0n));
}

/** What a container can do that a rule forbids, each with the evidence. */
export function kernelFacts(report: WitnessReport, node: NodeSight): ReadonlyMap<KernelFact, string> {
  const { namespaces, interfaces, init, processes, rawSocket, packetSocket, writesSysctls } = report;
  const facts = new Map<KernelFact, string>();
  const strangers = interfaces.filter((name) => !ownInterfaces.has(name));
  if (namespaces.net === node.namespaces.net || strangers.length > 0) {
    facts.set('host-network', `${namespaces.net}, interfaces ${interfaces.join(' ')}`);
  }
  // The pause program of a pod that shares its processes is the witness too.
  if (namespaces.pid === node.namespaces.pid || init !== 'witness') {
    facts.set('host-pid', `${namespaces.pid}, ${processes} processes, number 1 is ${init}`);
  }
  if (namespaces.ipc === node.namespaces.ipc) facts.set('host-ipc', namespaces.ipc);
  const held = heldCapabilities(report);
  if (held.has('NET_RAW') || rawSocket === 'opens' || packetSocket === 'opens') {
    facts.set('net-raw', `bounding ${report.capabilities.bounding}, raw ${rawSocket}, packet ${packetSocket}`);
  }
  const towardsHost = [...held].filter((name) => name !== 'NET_RAW');
  if (towardsHost.length > 0) facts.set('host-capability', towardsHost.join(' '));
  if (writesSysctls) facts.set('privileged', '/proc/sys is writable');
  return facts;
}

function namesOf(set: bigint): ReadonlySet<string> {
  const names = [...capabilityNumbers].filter(([, number]) => (set & (1n << number)) !== 0n);
  return new Set(names.map(([name]) => name));
}
