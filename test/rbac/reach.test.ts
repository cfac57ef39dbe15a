import { asObject } from '../../src/policy/json.ts';
import type { JsonObject } from '../../src/policy/finding.ts';
import { RbacAnalysis } from '../../src/rbac/analysis.ts';
import { collectRbac } from '../../src/rbac/collect.ts';
import type { AccountGraph } from '../../src/rbac/escalation.ts';
import type { Holder } from '../../src/rbac/holders.ts';
import { groupsOfSubject, groupSubject } from '../../src/rbac/holders.ts';
import { subjectText } from '../../src/rbac/objects.ts';
import { Dice, hostileObjects } from '../cluster/rbac-questions.ts';

/** Everybody whom one step leads to; nothing is left out for bringing nothing. */
function stepsFrom(graph: AccountGraph, holder: Holder): Holder[] {
  const { scopes } = graph;
  const asUser =
    holder.anyUser ||
    holder.named.some(({ how }) => how === 'impersonateUser') ||
    holder.anyAccount.some((bits) => bits !== 0);
  return [
    ...graph.namedOf(holder).flatMap(({ how, targets }) => (asUser || how !== 'impersonateGroup' ? targets : [])),
    ...(scopes.has(holder.everything, 0, '') ? [graph.everythingIn('')] : []),
    ...[...scopes.of(holder.everything)].map((namespace) => graph.everythingIn(namespace)),
    ...[...scopes.of(holder.pods)].flatMap((namespace) => graph.podAccountsOf(namespace)),
    ...[...scopes.of(holder.anyAccount)].flatMap((namespace) => graph.accountsOf(namespace).holders),
    ...(holder.anyUser ? graph.users : []),
    ...(holder.anyGroup && asUser ? graph.groups : []),
  ];
}

/** For each path the places that a step more brings, and after how many steps the first of them. */
function slowly(analysis: RbacAnalysis, start: readonly Holder[]): unknown[] {
  const { scopes, paths, accounts } = analysis;
  const placesOf = (holder: Holder, path: number): string[] => [
    ...(scopes.has(holder.paths, path * scopes.words, '') ? ['everywhere'] : []),
    ...scopes.of(holder.paths, path * scopes.words),
  ];
  const seen = new Set(start);
  const had = paths.map((_, path) => new Set(start.flatMap((holder) => placesOf(holder, path))));
  const gained = paths.map(() => ({ places: [] as string[], steps: 0 }));
  let round: readonly Holder[] = start;
  for (let steps = 1; steps <= 4; steps += 1) {
    round = [...new Set(round.flatMap((holder) => stepsFrom(accounts, holder)))].filter((holder) => !seen.has(holder));
    for (const holder of round) {
      seen.add(holder);
      for (const [path, own] of gained.entries()) {
        const news = placesOf(holder, path).filter((place) => had[path]?.has(place) === false);
        if (news.length > 0 && own.steps === 0) own.steps = steps;
        for (const place of news) had[path]?.add(place);
        own.places.push(...news);
      }
    }
  }
  return gained.flatMap(({ places, steps }, path) => (places.length === 0 ? [] : [[path, places.toSorted(), steps]]));
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])('what is left out of a search would have brought nothing (seed %d)', (seed) => {
  const spaces = ['default', 'shop', 'team-a', 'ops'].map((name): JsonObject => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
  const objects = [...spaces, ...hostileObjects(new Dice(seed), 40).map((object) => asObject(object))];
  const analysis = new RbacAnalysis(collectRbac(objects, false), undefined);
  let reached = 0;
  for (const holder of analysis.holders) {
    const groups = groupsOfSubject(holder.subject).flatMap((name) => analysis.holderOf(groupSubject(name)) ?? []);
    const expected = slowly(analysis, [holder, ...groups]);
    const found = [...analysis.reach(holder)]
      .map(([path, { scopes, chain }]) => [
        path,
        [...(analysis.scopes.has(scopes, 0, '') ? ['everywhere'] : []), ...analysis.scopes.of(scopes)].toSorted(),
        chain.length,
      ])
      .toSorted(([one], [other]) => Number(one) - Number(other));
    expect([subjectText(holder.subject), found]).toEqual([subjectText(holder.subject), expected]);
    reached += found.length;
  }
  expect(reached).toBeGreaterThan(0);
});
