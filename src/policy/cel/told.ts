/*
 * The messages of a rule as an expression of an admission policy. The policy's variables `pods` are the pod and, where an update
 * is compared, what it was before; an expression gives the messages of each of them.
 */
import type { Cel, CelList } from './expression.ts';
import { filter, listAt, map, quoted, raw } from './expression.ts';
import { podLimits } from './pod.ts';

/** What an admission policy computes once, under a name, for every rule that uses it. */
export interface CelVariable {
  readonly name: string;
  /** What it is, in half a sentence. */
  readonly comment: string;
  readonly value: Cel;
  /** The variables that it is made of. */
  readonly uses: readonly CelVariable[];
}

/** A list of messages for each of `variables.pods`; one of its texts may hold several messages, each on a line. */
export interface Told extends CelList {
  readonly uses: readonly CelVariable[];
}

export const nothingTold: Told = { text: '[[], []]', cost: 0, count: 0, uses: [] };

/** The containers of `pod`. */
export const containers: CelList = { text: 'pod.containers', cost: 2, count: podLimits.containers };

/** The volumes of `pod`. */
export const volumes: CelList = listAt('pod.spec', ['volumes'], podLimits.volumes);

/** Most pods that are looked at: the one of the request, and what an update had before. */
const pods: CelList = { text: 'variables.pods', cost: 2, count: 2 };

/** A variable with a value for each of the pods. */
export function ofEachPod(variable: Omit<CelVariable, 'value'>, value: CelList): CelVariable {
  return { ...variable, value: eachOf(pods, value) };
}

/** The messages that are found in each `pod` of `variables.pods`. */
export function toldOfPods(told: CelList): Told {
  return { ...eachOf(pods, told), uses: [] };
}

/** The messages that are found in what a variable has of each pod, `pod`. */
export function toldOf(variable: CelVariable, told: CelList, uses: readonly CelVariable[] = []): Told {
  return { ...eachOf({ ...pods, text: `variables.${variable.name}` }, told), uses: [variable, ...uses] };
}

function eachOf(source: CelList, { text, cost, count }: CelList): CelList {
  const made = map(source, 'pod', { text, cost });
  return { text: `${source.text}.map(pod,\n  ${text})`, cost: made.cost, count };
}

/** The message where the condition holds, and nothing where it does not. */
export function toldWhere(condition: Cel, message: string): CelList {
  return { text: `(${condition.text} ? [${quoted(message)}] : [])`, cost: condition.cost + 24, count: 1 };
}

/** The elements that the condition holds for, each made a message. */
export function toldOfEach(list: CelList, variable: string, condition: Cel, message: Cel): CelList {
  const found = filter(list, variable, condition);
  const { cost, count } = map(found, variable, message);
  return { text: `${found.text}\n    .map(${variable}, ${message.text})`, cost, count };
}

/** The message for each container `c` of `pod` that the condition holds for, with its name. */
export function toldOfContainers(condition: Cel, message: string): CelList {
  return toldOfEach(containers, 'c', condition, raw(`${quoted(`${message} (container `)} + c.name + ')'`, 40));
}
