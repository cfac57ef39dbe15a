/** Files of devices and descriptors; all else in /dev, /dev/shm before all, holds what was written to it. */
const devices =
  /^\/dev\/(?:(?:null|zero|full|u?random|tty\w*|console|ptmx|kmsg|std(?:in|out|err))$|(?:fd|pts|tcp|udp)\/)/;

/** Whether a path is that of a device or a descriptor: what is written to it cannot be read from it. */
export function isDevice(path: string): boolean {
  return path.startsWith('/dev/') && devices.test(path);
}

/** A path in one of its spellings: `./a` is `a`, and `/tmp//a` and `/tmp/./a` are `/tmp/a`. */
export function cleanPath(path: string): string {
  if (!path.includes('./') && !path.includes('//')) return path;
  return path.replace(/\/(?:\.?\/)+/g, '/').replace(/^(?:\.\/)+/, '');
}

/** By which the descriptors 0, 1 and 2 are known. */
export const standardInput = '/dev/fd/0';
export const standardOutput = '/dev/stdout';
export const standardError = '/dev/fd/2';

/** Path of a descriptor. */
export function descriptorPath(number: string): string {
  return number === '1' ? standardOutput : `/dev/fd/${number}`;
}

const descriptor = /^\/(?:proc\/(?:thread-)?self|dev)\/fd\/(\d+)$/;
const byName: ReadonlyMap<string, string> = new Map([
  ['/dev/stdin', standardInput],
  ['/dev/stdout', standardOutput],
  ['/dev/stderr', standardError],
]);

/** The path of a descriptor of the process itself in the spelling that is looked up; any other path as it is. */
export function plainDescriptor(path: string): string {
  if (!path.startsWith('/')) return path;
  const plain = cleanPath(path);
  const number = descriptor.exec(plain)?.[1];
  return number === undefined ? (byName.get(plain) ?? path) : descriptorPath(number);
}
