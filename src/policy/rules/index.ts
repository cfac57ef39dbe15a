import type { RuleDefinition } from '../rule.ts';
import { hostCapability } from './host-capability.ts';
import { hostInterface } from './host-interface.ts';
import { hostIpc } from './host-ipc.ts';
import { hostNetwork } from './host-network.ts';
import { hostPath } from './host-path.ts';
import { hostPid } from './host-pid.ts';
import { hostPort } from './host-port.ts';
import { hostProcess } from './host-process.ts';
import { netRawDefault } from './net-raw-default.ts';
import { netRaw } from './net-raw.ts';
import { networkToolCommand } from './network-tool-command.ts';
import { networkToolExec } from './network-tool-exec.ts';
import { networkToolImage } from './network-tool-image.ts';
import { opaqueImage } from './opaque-image.ts';
import { privileged } from './privileged.ts';

/** Every rule, in the order in which findings of one pod are told. */
export const ruleDefinitions: readonly RuleDefinition[] = [
  hostNetwork,
  hostPid,
  hostIpc,
  privileged,
  hostProcess,
  netRaw,
  hostCapability,
  hostPath,
  hostPort,
  hostInterface,
  networkToolImage,
  networkToolCommand,
  networkToolExec,
  opaqueImage,
  netRawDefault,
];
