/** Return a text in pieces, told apart by whether they matched. Places count characters, not UTF-16 units. */
export function pieces(text: string, matches: readonly { start: number; end: number }[]): { text: string; match: boolean }[] {
  const characters = [...text];
  const found: { text: string; match: boolean }[] = [];
  let place = 0;
  const add = (end: number, match: boolean) => {
    if (end > place) found.push({ text: characters.slice(place, end).join(""), match });
    place = Math.max(place, end);
  };
  for (const { start, end } of matches) {
    add(Math.min(start, characters.length), false);
    add(Math.min(end, characters.length), true);
  }
  add(characters.length, false);
  return found;
}
