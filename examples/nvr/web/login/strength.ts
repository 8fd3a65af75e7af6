// How long a password would resist guessing, roughly: length and variety, less what is predictable.

/** 0: too short for the server. 1: weak, 2: fair, 3: good, 4: strong. */
export type Strength = 0 | 1 | 2 | 3 | 4;

/** The server refuses less. */
export const LEAST_CHARACTERS = 12;
const MOST_CHARACTERS = 256;

const PREDICTABLE = [
  'password',
  'passwort',
  'admin',
  'fluxvision',
  'camera',
  'qwerty',
  'asdf',
  '1234',
  '0000',
  '1111',
  'letmein',
  'welcome',
];

/** `known`: what an attacker would try first: user name, server name. */
export function passwordStrength(password: string, known: readonly string[] = []): Strength {
  const characters = [...password];
  if (characters.length < LEAST_CHARACTERS || password.length > MOST_CHARACTERS) return 0;
  let rest = password.toLowerCase();
  for (const word of [...PREDICTABLE, ...known.map((name) => name.toLowerCase())]) {
    if (word.length >= 3) rest = rest.replaceAll(word, '·');
  }
  const effective = withoutRuns([...rest]);
  const bits = effective * Math.log2(Math.max(10, alphabet(password)));
  if (bits < 45) return 1;
  if (bits < 65) return 2;
  if (bits < 85) return 3;
  return 4;
}

/** Characters that are neither those before them again nor the next of the alphabet. */
function withoutRuns(characters: readonly string[]): number {
  const seen = new Set<string>();
  let count = 0;
  let last = -10;
  for (const character of characters) {
    const code = character.codePointAt(0) ?? 0;
    const step = Math.abs(code - last) <= 1;
    count += step ? 0.25 : seen.has(character) ? 0.6 : 1;
    seen.add(character);
    last = code;
  }
  return count;
}

function alphabet(password: string): number {
  let size = 0;
  if (/\p{Ll}/u.test(password)) size += 26;
  if (/\p{Lu}/u.test(password)) size += 26;
  if (/\p{Nd}/u.test(password)) size += 10;
  if (/[^\p{L}\p{Nd}]/u.test(password)) size += 20;
  if (/\p{Lo}/u.test(password)) size += 100;
  return size;
}
