import fc from 'fast-check';
import type { Fields } from '../support/pods.ts';
import { witnessContainer } from './harness/witness.ts';

/** A pod to be sent, and a container that joins it while it runs. */
export interface WitnessPod {
  /** Whether Seawall's repair stands before its judge. */
  readonly repaired: boolean;
  readonly spec: Fields;
  readonly joins?: Fields | undefined;
}

/** Takes NET_RAW away on every runtime. */
const effectiveDrop = fc.constantFrom('NET_RAW', 'net_raw', 'Net_Raw', 'nET_rAW', 'ALL', 'all', 'All', 'aLL');
/** Spellings that somebody might take for the same; on one runtime or another they are not. */
const deceptiveDrop = fc.constantFrom(
  'CAP_NET_RAW',
  'cap_net_raw',
  ' NET_RAW',
  'NET_RAW ',
  'NET-RAW',
  'CAP_ALL',
  'Cap_All',
  'NET_ADMIN',
  'CHOWN',
  '\uff2e\uff25\uff34_\uff32\uff21\uff37',
);
const harmlessAdd = fc.constantFrom(
  'CHOWN',
  'NET_BIND_SERVICE',
  'kill',
  'Sys_Chroot',
  'AUDIT_WRITE',
  'SYS_NICE',
  'SYSLOG',
);
/**
 * The Go of a container runtime upper-cases the long s and the i without a dot to S and I, as JavaScript does: a name
 * with such a letter is granted like the plain one.
 */
const harmfulAdd = fc.constantFrom(
  'NET_RAW',
  'net_raw',
  'nEt_rAw',
  'CAP_NET_RAW',
  'cap_net_raw',
  ' NET_RAW',
  'ALL',
  'all',
  'aLl',
  'CAP_ALL',
  'Cap_All',
  'SYS_ADMIN',
  'sys_admin',
  'CAP_SYS_ADMIN',
  '\u017fYS_ADMIN',
  'SYS_ADM\u0131N',
  '\u017fys_ptrace',
  'sys_ptrace',
  'SYS_MODULE',
  'SYS_RAWIO',
  'DAC_READ_SEARCH',
  'BPF',
  'Bpf',
  'NET_ADMIN',
  'net_admin',
  'NO_SUCH_CAPABILITY',
  '\uff2e\uff25\uff34_\uff32\uff21\uff37',
);

/** A group without a user makes no pod sandbox, and only an event says so. */
const user = fc.constantFrom<Fields>(
  {},
  { runAsUser: 0 },
  { runAsUser: 1000 },
  { runAsUser: 0, runAsGroup: 0 },
  { runAsUser: 65534, runAsGroup: 1000 },
);
const escalation = { allowPrivilegeEscalation: fc.boolean() };
const mayBeAbsent: { requiredKeys: never[] } = { requiredKeys: [] };

const harmlessContext = fc
  .record({
    user,
    others: fc.record(escalation, mayBeAbsent),
    add: fc.array(harmlessAdd, { maxLength: 2 }),
    drop: fc
      .tuple(fc.array(deceptiveDrop, { maxLength: 2 }), effectiveDrop)
      .map(([deceptive, effective]) => [...deceptive, effective]),
  })
  .map(({ add, drop, ...context }) => ({ ...context.user, ...context.others, capabilities: { add, drop } }));

const anyContext = fc
  .record({
    user,
    others: fc.record(
      {
        ...escalation,
        privileged: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
        readOnlyRootFilesystem: fc.boolean(),
        capabilities: fc.record(
          {
            add: fc.array(fc.oneof(harmfulAdd, harmlessAdd), { maxLength: 3 }),
            drop: fc.array(fc.oneof(effectiveDrop, deceptiveDrop), { maxLength: 3 }),
          },
          mayBeAbsent,
        ),
      },
      mayBeAbsent,
    ),
  })
  .map((context) => ({ ...context.user, ...context.others }));

/** Mostly harmless, or a pod of several containers would hardly ever be admitted. */
const securityContext: fc.Arbitrary<Fields | undefined> = fc.oneof(
  { weight: 6, arbitrary: harmlessContext },
  { weight: 2, arbitrary: anyContext },
  { weight: 1, arbitrary: fc.constant(undefined) },
);

const seldom = fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, fc.boolean());

/** Pods over everything that the rules judge and a kernel knows of, in the spellings that pass and in those that do not. */
export const arbitraryWitnessPod: fc.Arbitrary<WitnessPod> = fc
  .record({
    repaired: fc.boolean(),
    hostNetwork: seldom,
    hostPID: seldom,
    hostIPC: seldom,
    shareProcessNamespace: seldom,
    securityContext: user,
    contexts: fc.array(securityContext, { minLength: 1, maxLength: 2 }),
    init: fc.option(fc.record({ context: securityContext, isSidecar: fc.boolean() }), { nil: undefined, freq: 1 }),
    joins: fc.option(
      securityContext.map((context) => ({ context })),
      { nil: undefined, freq: 2 },
    ),
  })
  .map(({ repaired, contexts, init, joins, ...fields }) => ({
    repaired,
    spec: {
      ...present(fields),
      initContainers: (init === undefined ? [] : [init]).map(({ context, isSidecar }) => ({
        ...contained('init', context, isSidecar),
        ...(isSidecar ? { restartPolicy: 'Always' } : {}),
      })),
      // It must stay for another to join it, and end by itself where none does.
      containers: contexts.map((context, index) => contained(`app-${index}`, context, joins !== undefined)),
    },
    joins: joins === undefined ? undefined : contained('joined', joins.context, true),
  }));

function contained(name: string, context: Fields | undefined, stays: boolean): Fields {
  const container = witnessContainer(name, stays ? 'report-and-pause' : 'report');
  return { ...container, ...(context === undefined ? {} : { securityContext: context }) };
}

function present(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
