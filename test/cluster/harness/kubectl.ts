import { programPath } from './binaries.ts';
import type { CommandResult } from './command.ts';
import { runCommand } from './command.ts';
import type { RunFolder } from './run-folder.ts';

export interface KubectlOptions {
  readonly stdin?: string;
  /** Speak through this kubeconfig instead of the administrator's. */
  readonly kubeconfig?: string;
  /** Impersonate this user. */
  readonly as?: string;
  /** Impersonate these groups; only beside `as`. */
  readonly groups?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** @default 60_000 */
  readonly timeoutMs?: number;
}

/** Runs kubectl against one cluster; a refusal is a result, not an error. */
export type Kubectl = (args: readonly string[], options?: KubectlOptions) => Promise<CommandResult>;

/** A kubectl that speaks through `adminKubeconfig`, and keeps what it caches in the run folder. */
export function createKubectl(run: RunFolder, adminKubeconfig: string): Kubectl {
  return async (args, { kubeconfig = adminKubeconfig, as, groups = [], env, ...options } = {}) => {
    const identity = as === undefined ? [] : [`--as=${as}`, ...groups.map((group) => `--as-group=${group}`)];
    // The cluster comes by the environment: flags before the name of a kubectl plugin are refused.
    return runCommand(await programPath('kubectl'), [...identity, ...args], {
      ...options,
      env: {
        KUBECONFIG: kubeconfig,
        KUBECACHEDIR: run.file('kubectl-cache'),
        // A person's own preferences would change what kubectl prints.
        KUBERC: 'off',
        ...env,
      },
    });
  };
}
