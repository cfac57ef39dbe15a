import type { Step, StepKind } from './escalation.ts';
import type { HolderFactory } from './holders.ts';
import { holderKey } from './holders.ts';
import type { LaunchPathId } from './launch-paths.ts';
import type { Binding, Role } from './objects.ts';
import { objectText } from './objects.ts';
import type { StepPower } from './role-powers.ts';

/** One step of a chain in words, and what lets the account before it take the step. */
export interface ExplainedStep {
  /** `creates a pod as ServiceAccount shop/robot, in shop`. */
  readonly words: string;
  /** The account that is reached. */
  readonly to: string;
  readonly role: Role | undefined;
  readonly binding: Binding | undefined;
}

type Means = readonly [power: StepPower | LaunchPathId, words: string];

/** How each kind of step is taken, the plainest means first; `@` stands for the account that is reached. */
const meansOf: Readonly<Partial<Record<StepKind, readonly Means[]>>> = {
  'any-account': [
    ['token', 'makes a token of @'],
    ['impersonateAccount', 'impersonates @'],
    ['L1', 'creates a pod that runs as @'],
    ['L2', 'has a workload run as @'],
    ['readSecrets', 'may find a token of @ among the Secrets'],
  ],
  pods: [
    ['exec', 'gets into a pod that runs as @'],
    ['debug', 'puts a container into a pod that runs as @'],
    ['L6', 'gets through the kubelet into a pod that runs as @'],
  ],
  everything: [
    ['bind', 'binds a role with every right to itself'],
    ['escalate', 'writes every right into its own Role'],
    ['escalateCluster', 'writes every right into its own ClusterRole'],
  ],
  'any-user': [
    ['impersonateUser', 'impersonates @'],
    ['L16', 'approves a client certificate of @ for itself'],
  ],
  'any-group': [['impersonateGroup', 'impersonates a member of @']],
};

const namedWords = {
  token: 'makes a token of @',
  impersonateAccount: 'impersonates @',
  exec: 'gets into a pod that runs as @',
  debug: 'puts a container into a pod that runs as @',
  impersonateUser: 'impersonates @',
  impersonateGroup: 'impersonates a member of @',
  bind: 'makes of itself @',
} as const;

export function explainStep(factory: HolderFactory, step: Step): ExplainedStep {
  const { how, to, namespace } = step;
  const where = namespace === '' ? '' : `, in ${namespace}`;
  const isMember = to.subject.kind === 'Group' && how !== 'bind' && how !== 'impersonateGroup' && how !== 'any-group';
  const whom = `${isMember ? 'a member of ' : ''}${holderKey(to.subject)}`;
  const say = (words: string): string => `${words.replace('@', () => whom)}${where}`;
  switch (how) {
    case 'token':
    case 'impersonateAccount':
    case 'exec':
    case 'debug':
    case 'impersonateUser':
    case 'impersonateGroup':
    case 'bind': {
      const by = heldWith(factory, step, ({ named }) => named.some((each) => each.how === how));
      return { words: say(namedWords[how]), to: holderKey(to.subject), ...by };
    }
    case 'any-account':
    case 'pods':
    case 'everything':
    case 'any-user':
    case 'any-group': {
      for (const [power, words] of meansOf[how] ?? []) {
        const needed = powerNumbers(factory, power);
        const by = heldWith(factory, step, ({ powers }) => needed.some((each) => powers.includes(each)));
        if (by.role !== undefined) return { words: say(words), to: holderKey(to.subject), ...by };
      }
      return { words: say('acts as @'), to: holderKey(to.subject), role: undefined, binding: undefined };
    }
  }
}

function powerNumbers({ table }: HolderFactory, power: StepPower | LaunchPathId): readonly number[] {
  const index = table.paths.findIndex(({ id }) => id === power);
  if (index >= 0) return table.ofPath[index] ?? [];
  return Object.entries(table.steps).flatMap(([name, number]) => (name === power ? [number] : []));
}

/** The first role of the account before that lets it take the step where it is taken. */
function heldWith(
  factory: HolderFactory,
  { from, namespace }: Step,
  fits: (powers: ReturnType<HolderFactory['powersIn']>) => boolean,
): Pick<ExplainedStep, 'role' | 'binding'> {
  for (const { role, bindings } of from.held) {
    const binding = bindings.find((each) => each.namespace === '' || each.namespace === namespace);
    if (binding !== undefined && fits(factory.powersIn(role, binding.namespace))) return { role, binding };
  }
  return { role: undefined, binding: undefined };
}

/** `ServiceAccount shop/a: creates a pod as ServiceAccount shop/b, in shop (ClusterRole edit, by RoleBinding shop/x)`. */
export function explainedText({ words, role, binding }: ExplainedStep): string {
  if (role === undefined || binding === undefined) return words;
  return `${words} (${objectText(role)}, by ${objectText(binding)})`;
}
