// The tests' clips whose pictures carry their number, and who reads it: from their TypeScript.
import { readFileSync } from 'node:fs';
import typescript from 'typescript';

const source = new URL('../../test/support/counted-clip.ts', import.meta.url);
const { outputText } = typescript.transpileModule(readFileSync(source, 'utf8'), {
  compilerOptions: {
    target: typescript.ScriptTarget.ES2022,
    module: typescript.ModuleKind.ES2022,
  },
});

export const { makeCountedClip, readNumber } = await import(
  `data:text/javascript,${encodeURIComponent(outputText)}`
);
