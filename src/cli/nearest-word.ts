// Which known word somebody meant by an unknown one. Pure.

const mostCompared = 40;

/** The known word that is the fewest edits away (Levenshtein, ignoring case); the first of equals. */
export function nearestWord(typed: string, known: readonly string[]): string | undefined {
  const wanted = typed.slice(0, mostCompared).toLowerCase();
  const ranked = known.map((word) => ({ word, edits: editsBetween(wanted, word.toLowerCase()) }));
  ranked.sort((a, b) => a.edits - b.edits);
  return ranked[0]?.word;
}

function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
