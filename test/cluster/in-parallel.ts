/** Does the same to every item, so many at once, and returns what came of each in their order. */
export async function inParallel<T, R>(
  atOnce: number,
  items: readonly T[],
  deed: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Map<number, R>();
  const queue = items.entries();
  const work = async (): Promise<void> => {
    // All workers take from the one iterator.
    for (const [index, item] of queue) results.set(index, await deed(item, index));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return [...results].sort(([one], [other]) => one - other).map(([, result]) => result);
}
