// The built web interface. Only files that were there at the start are served, found by their names in
// a set: no path of a request reaches the file system.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { Type } from 'typebox';
import type { App } from './app.js';
import { sendProblem, unknownPath } from './problem.js';

/** What a build makes; source maps and what else lies there are nobody's business. */
const SERVED = /\.(html|js|css|svg|png|ico|json|webmanifest|woff2|wasm|txt)$/;
/** Names under it change with what is in the files. */
const HASHED = /^assets\//;
const YEAR_MS = 365 * 24 * 3_600_000;

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>FluxVision NVR</title>
<h1>FluxVision NVR</h1>
<p>The server runs. Its web interface is not built yet: <code>npm run build:nvr</code>, then restart.</p>
</html>
`;

/** Where `npm run build:web` puts it, seen from the sources and from dist/server. */
function builtWeb(): string | undefined {
  const here = fileURLToPath(new URL('.', import.meta.url));
  return [join(here, '../dist/web'), join(here, '../web')].find((directory) =>
    existsSync(join(directory, 'assets')),
  );
}

export async function serveWeb(app: App, directory = builtWeb()): Promise<void> {
  const files = directory === undefined ? new Set<string>() : filesIn(directory);
  if (directory !== undefined) {
    await app.register(fastifyStatic, { root: directory, serve: false, dotfiles: 'deny' });
  }
  app.get(
    '/*',
    {
      config: { access: { public: true } },
      schema: { hide: true, response: { 200: Type.Unsafe({ type: 'string' }) } },
    },
    (request, reply) => {
      const name = nameOf(request.url);
      if (name === undefined || /^(api|ws|metrics)(\/|$)/.test(name)) {
        return sendProblem(reply, unknownPath(request));
      }
      if (files.has(name)) {
        const hashed = HASHED.test(name);
        return reply.sendFile(name, { maxAge: hashed ? YEAR_MS : 0, immutable: hashed });
      }
      if (/\.[a-z0-9]+$/i.test(name)) return sendProblem(reply, unknownPath(request));
      // Pages of the interface have paths of their own.
      if (files.has('index.html')) return reply.sendFile('index.html', { maxAge: 0 });
      reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8');
      return reply.send(NOT_BUILT);
    },
  );
}

function nameOf(url: string): string | undefined {
  try {
    return decodeURIComponent(url.split('?', 1)[0] as string).slice(1);
  } catch {
    return undefined;
  }
}

function filesIn(directory: string): Set<string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return new Set(names.filter((name) => SERVED.test(name)));
}
