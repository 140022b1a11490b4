// An error of the measurement, which nobody between here and the process may keep to themselves: libraries catch what is
// thrown in their callbacks, some of them without a word.

export function endWith(why: string): void {
  queueMicrotask(() => {
    throw new Error(why);
  });
}
