import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { defaultCacheLimits, execTargetCache } from '../../src/admission/exec-target-cache.ts';
import type { Fields } from '../support/pods.ts';
import { container, pod } from '../support/pods.ts';

const named = (name: string, spec: Fields = {}, namespace = 'default'): Fields => pod(spec, { name, namespace });
const host = { hostNetwork: true };

describe('a pod in the cache', () => {
  test('is found by its namespace and name', () => {
    const cache = execTargetCache();
    cache.put(named('a', host));
    expect(cache.find('default', 'a')?.hostAccess).toEqual(['hostNetwork']);
    expect(cache.find('other', 'a')).toBeUndefined();
    expect(cache.find('default', 'b')).toBeUndefined();
  });

  test('is what it was last', () => {
    const cache = execTargetCache();
    cache.put(named('a'));
    cache.put(named('a', { ephemeralContainers: [container({ securityContext: { privileged: true } })] }));
    expect(cache.find('default', 'a')?.hostAccess).toEqual(['privileged']);
    expect(cache.size()).toBe(1);
  });

  test('is not found once it is removed, nor once all are', () => {
    const cache = execTargetCache();
    cache.put(named('a'));
    cache.put(named('b'));
    cache.remove(named('a'));
    cache.remove(named('a'));
    expect([cache.find('default', 'a'), cache.size()]).toEqual([undefined, 1]);
    cache.clear();
    expect([cache.find('default', 'b'), cache.size()]).toEqual([undefined, 0]);
  });

  test('is forgotten where it cannot be read', () => {
    const cache = execTargetCache();
    cache.put(named('a'));
    cache.put({ metadata: { namespace: 'default', name: 'a' }, spec: null });
    expect(cache.find('default', 'a')).toBeUndefined();
  });

  test('has its own name whatever objects call theirs', () => {
    const cache = execTargetCache();
    for (const name of ['__proto__', 'constructor', '']) expect(cache.find('default', name)).toBeUndefined();
    cache.put({ spec: {} });
    cache.remove({});
    expect(cache.size()).toBe(0);
  });

  test('shares what it has in common with others, and nothing else', () => {
    const cache = execTargetCache();
    cache.put(named('a'));
    cache.put(named('b'));
    cache.put(named('c', host));
    expect(cache.find('default', 'a')).toBe(cache.find('default', 'b'));
    expect(cache.find('default', 'a')).not.toBe(cache.find('default', 'c'));
    cache.remove(named('a'));
    expect(cache.find('default', 'b')?.images.get('app')).toBe(container()['image']);
  });
});

describe('a full cache', () => {
  test('leaves out what finds no room, and says so', () => {
    const cache = execTargetCache({ pods: 2 });
    for (const name of ['a', 'b']) cache.put(named(name));
    expect(cache.full()).toBe(false);
    cache.put(named('c', host));
    expect([cache.size(), cache.full(), cache.find('default', 'c')]).toEqual([2, true, undefined]);
    cache.clear();
    expect(cache.full()).toBe(false);
  });

  test('still takes in what becomes of a pod that it has', () => {
    const cache = execTargetCache({ pods: 1 });
    cache.put(named('a'));
    cache.put(named('a', host));
    expect([cache.find('default', 'a')?.hostAccess, cache.full()]).toEqual([['hostNetwork'], false]);
  });

  test('never keeps what a pod no longer is', () => {
    const cache = execTargetCache({ charactersPerPod: 400 });
    cache.put(named('a'));
    cache.put(named('a', { ...host, containers: [container({ image: `a/${'b'.repeat(400)}` })] }));
    expect(cache.find('default', 'a')).toBeUndefined();
  });

  test('is full of many long names as well, and has room again when they are gone', () => {
    const cache = execTargetCache({ characters: 10_000 });
    const long = (index: number): Fields =>
      named(`p${index}`, { containers: [container({ image: `a/${'b'.repeat(900)}${index}` })] });
    for (let index = 0; index < 20; index += 1) cache.put(long(index));
    expect(cache.full()).toBe(true);
    const kept = cache.size();
    expect(kept).toBeGreaterThan(3);
    expect(kept).toBeLessThan(10);
    for (let index = 0; index < 20; index += 1) cache.remove(long(index));
    for (let index = 0; index < kept; index += 1) cache.put(long(index));
    expect(cache.size()).toBe(kept);
  });

  test('has nothing of a pod that is too long for its share, and is not full for it', () => {
    const cache = execTargetCache();
    const containers = Array.from({ length: 1_000 }, (_, index) => container({ name: `c${index}` }));
    cache.put(named('a', { containers }));
    expect([cache.find('default', 'a'), cache.full()]).toEqual([undefined, false]);
    expect(defaultCacheLimits.charactersPerPod).toBe(4_096);
  });
});

test('holds little of each of many pods', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const heapUsed = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const cache = execTargetCache();
  const count = 20_000;
  const before = heapUsed();
  for (let index = 0; index < count; index += 1) {
    const text = JSON.stringify({ ...named(`app-${index % 500}-${index}`), status: { message: 'x'.repeat(2_000) } });
    cache.put(JSON.parse(text) as Fields);
  }
  const perPod = (heapUsed() - before) / count;
  expect(cache.size()).toBe(count);
  // The raw pods would hold more than 2,000 bytes each.
  expect(perPod).toBeLessThan(250);
});
