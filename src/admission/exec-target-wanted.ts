import type { ExecTarget } from '../policy/exec-target.ts';
import type { Engine } from './engine.ts';
import type { AdmissionRequest } from './review.ts';

/** The kinds of options that a CONNECT to pods/exec and pods/attach carries. */
const optionKinds: ReadonlySet<string> = new Set(['PodExecOptions', 'PodAttachOptions']);

/** Whether a request carries options of exec or attach, and no pod. */
export function isExec({ operation, kind }: AdmissionRequest): boolean {
  return operation === 'CONNECT' && optionKinds.has(kind);
}

/** No exemption of images or accounts covers it. */
const targetWithoutAccess: ExecTarget = { hostAccess: [], serviceAccount: undefined, images: new Map() };

/**
 * Whether anything can be found in a request that its target decides. Nearly all execs run no tool, and nothing that
 * the policy says of a pod is about them: nobody is asked for their target. A policy may be softer where there is host
 * access than where there is none, so that both are tried.
 */
export function wantsTarget(request: AdmissionRequest, { judge, policy }: Engine, nowMs: number): boolean {
  if (!isExec(request)) return false;
  const { namespace, object } = request;
  return [undefined, targetWithoutAccess].some(
    (execTarget) => judge(object, policy(), nowMs, { namespace, execTarget }).findings.length > 0,
  );
}
