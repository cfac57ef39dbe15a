import { freePort } from './free-port.ts';

/** Where in the machine's networks a control plane runs. */
export interface Placement {
  /** What stands before each command of the cluster; empty on the machine's own network. */
  readonly enter: readonly string[];
  /** The address that the API server advertises. */
  readonly address: string;
  /** The address that it listens on. */
  readonly bindAddress: string;
  readonly port: number;
  /** Every address of the API server, for its certificate. */
  readonly names: readonly string[];
  /** The URL of the API server for the programs of the cluster. */
  readonly innerUrl: string;
  /** The URL of the API server for this process and its kubectl. */
  readonly outerUrl: string;
}

/** On the machine's loopback, on a port that was free a moment ago. */
export async function onLoopback(): Promise<Placement> {
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  return {
    enter: [],
    address: '127.0.0.1',
    bindAddress: '127.0.0.1',
    port,
    names: [],
    innerUrl: url,
    outerUrl: url,
  };
}
