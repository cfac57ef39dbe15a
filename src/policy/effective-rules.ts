import { profiles } from './defaults.ts';
import type { Profile, ProfileDefinition } from './defaults.ts';
import { actions, weaker } from './finding.ts';
import type { Action } from './finding.ts';
import type { Check, ClassDefinition, ClassSettings, RuleDefinition, RuleSettings } from './rule.ts';
import type { WrittenClass, WrittenRule, WrittenSpec } from './written-policy.ts';

/** Where a value of the policy in force comes from. */
export type Origin = 'default' | 'profile' | 'file';

/** One rule of the policy in force. */
export interface RuleInForce {
  readonly definition: RuleDefinition;
  /** Its action is `off` only where nothing of the rule is in force, no class either. */
  readonly settings: RuleSettings;
  /** The definition's check, prepared with these settings. */
  readonly check: Check;
}

export interface EffectiveRules {
  readonly profile: Profile;
  readonly workloads: Action;
  readonly rules: readonly RuleInForce[];
  /** By the field's name below `spec`: `rules.net-raw-default.fix`. */
  readonly origins: ReadonlyMap<string, Origin>;
}

/** Lays the policy file over its profile, and the profile over the definitions. */
export function effectiveRules(spec: WrittenSpec, definitions: readonly RuleDefinition[]): EffectiveRules {
  const origins = new Map<string, Origin>();
  const name = spec.profile ?? 'default';
  const profile = profiles.find((candidate) => candidate.name === name);
  if (profile === undefined) throw new Error(`profile ${name} is not defined`);
  const byProfile: Origin = name === 'default' ? 'default' : 'profile';
  origins.set('profile', spec.profile === undefined ? 'default' : 'file');
  origins.set('workloads', spec.workloads === undefined ? byProfile : 'file');
  const rules = definitions.map((definition) => {
    const settings = ruleSettings(definition, profile, spec.rules ?? {}, origins);
    return { definition, settings, check: definition.prepare(settings) };
  });
  return { profile: name, workloads: spec.workloads ?? profile.workloads, rules, origins };
}

function ruleSettings(
  definition: RuleDefinition,
  profile: ProfileDefinition,
  rules: NonNullable<WrittenSpec['rules']>,
  origins: Map<string, Origin>,
): RuleSettings {
  const field = `rules.${definition.id}`;
  const written = rules[definition.id] ?? {};
  const ofProfile: Origin = profile.action === undefined ? 'default' : 'profile';
  const ofRule = written.action === undefined ? ofProfile : 'file';
  origins.set(`${field}.action`, ofRule);
  if (definition.repair !== undefined) {
    origins.set(`${field}.fix`, written.fix !== undefined ? 'file' : profile.fix === undefined ? 'default' : 'profile');
  }
  const tokens = tokensAction(definition, profile, written);
  if (definition.tokens !== undefined) {
    const untouched = written.tokens === undefined && tokens === definition.tokens;
    origins.set(`${field}.tokens`, untouched ? 'default' : written.tokens === undefined ? ofRule : 'file');
  }
  const classes = new Map<string, ClassSettings>();
  for (const defined of definition.classes ?? []) {
    const ofClass = written.classes?.[defined.name] ?? {};
    const edits = rules[definition.entriesFrom ?? definition.id]?.classes?.[defined.name] ?? {};
    classes.set(defined.name, classSettings(defined, profile, written.action, ofClass, edits));
    const ofBoth = ofClass.action === undefined ? ofRule : 'file';
    origins.set(`${field}.classes.${defined.name}.action`, ofBoth);
    origins.set(`${field}.classes.${defined.name}.hostAccess`, ofClass.hostAccess === undefined ? ofBoth : 'file');
    const edited = edits.add !== undefined || edits.remove !== undefined;
    origins.set(`${field}.classes.${defined.name}.entries`, edited ? 'file' : 'default');
  }
  const action = written.action ?? underProfile(definition.action, profile);
  return {
    action: action === 'off' ? strongest([tokens, ...classActions(classes)]) : action,
    fix: fixSetting(definition, profile, written),
    classes,
    tokens,
  };
}

function fixSetting(definition: RuleDefinition, profile: ProfileDefinition, written: WrittenRule): boolean | undefined {
  if (definition.repair === undefined) return undefined;
  return written.fix ?? profile.fix ?? definition.fixByDefault;
}

/** A weak match never gets stronger than its own default unless the file says so of it alone. */
function tokensAction(definition: RuleDefinition, profile: ProfileDefinition, written: WrittenRule): Action {
  if (definition.tokens === undefined) return 'off';
  if (written.tokens !== undefined) return written.tokens;
  return weaker(definition.tokens, written.action ?? profile.action ?? definition.tokens);
}

/** A class' own word comes before its rule's, that before the profile's; `action` speaks for both columns. */
function classSettings(
  defined: ClassDefinition,
  profile: ProfileDefinition,
  ruleAction: Action | undefined,
  written: WrittenClass,
  edits: WrittenClass,
): ClassSettings {
  const overall = written.action ?? ruleAction;
  return {
    name: defined.name,
    action: overall ?? weaker(defined.atMost ?? 'deny', underProfile(defined.action, profile)),
    hostAccess: written.hostAccess ?? overall ?? underProfile(defined.hostAccess, profile),
    severity: defined.severity,
    entries: editEntries(defined.entries, edits),
  };
}

function editEntries(entries: readonly string[], { add, remove }: WrittenClass): readonly string[] {
  if (add === undefined && remove === undefined) return entries;
  const removed = new Set(remove);
  return [...entries.filter((entry) => !removed.has(entry)), ...(add ?? [])];
}

function* classActions(classes: ReadonlyMap<string, ClassSettings>): Iterable<Action> {
  for (const { action, hostAccess } of classes.values()) yield* [action, hostAccess];
}

/** A profile turns nothing on that is off. */
function underProfile(action: Action, profile: ProfileDefinition): Action {
  return action === 'off' ? 'off' : (profile.action ?? action);
}

/** The strongest of the actions, `off` of none. */
function strongest(some: readonly Action[]): Action {
  return actions.find((action) => some.includes(action)) ?? 'off';
}
