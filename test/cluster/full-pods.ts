import { podLimits } from '../../src/policy/cel/pod.ts';
import type { Fields } from '../support/pods.ts';

/*
 * Pods with as much as an admission policy looks at of everything, nearly all of it found: what costs most, told in the longest
 * lists of messages.
 */

const { containers, volumes, ports, capabilities, pathLength, capabilityLength, imageLength } = podLimits;

function many<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** A line as long as is looked at, of a tool. */
const line = ['x/'.repeat(58) + 'nmap', ...many(31, () => 'x'.repeat(256))];
const exec = { exec: { command: line } };

function fullContainer(index: number, names: readonly string[]): Fields {
  return {
    name: `c${index}`,
    image: `registry.example/${'a/'.repeat((imageLength - 26) / 2)}netshoot`,
    command: line,
    livenessProbe: exec,
    readinessProbe: exec,
    startupProbe: exec,
    lifecycle: { postStart: exec, preStop: exec },
    ports: many(ports, (port) => ({ containerPort: 80, hostPort: 1 + index * ports + port })),
    securityContext: { capabilities: { add: names, drop: names } },
  };
}

/** As many names as are looked at, as long as they are. */
const longNames = many(capabilities, (index) => (index === 0 ? 'SYS_ADMIN' : 'C'.repeat(capabilityLength)));
/** All of them found. */
const foundNames = many(capabilities, (index) => `${' '.repeat(27)}${index % 2 === 0 ? 'CAP_NET_RAW' : 'SYS_ADMIN'}`);

const paths = many(volumes, (index) => ({
  name: `v${index}`,
  hostPath: { path: `/etc/${'x'.repeat(pathLength - 8)}${index}` },
}));
const images = many(volumes, (index) => ({
  name: `v${index}`,
  image: { reference: `${'a'.repeat(imageLength - 10)}/netshoot` },
}));

export const fullPods: readonly { readonly name: string; readonly spec: Fields }[] = [
  ['paths', longNames, paths],
  ['found', foundNames, paths],
  ['images', foundNames, images],
].map(([name, names, own]) => ({
  name: name as string,
  spec: {
    hostPID: true,
    containers: many(containers, (index) => fullContainer(index, names as string[])),
    volumes: own,
  },
}));
