// Builds the interface into dist/web; `vite` alone serves it in development, with the NVR's API behind.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));
const out = path.resolve(root, '../dist/web');
/** Bytes, compressed, of what a browser loads before the login and the live page can be used. */
const FIRST_LOAD_LIMIT = 300 * 1024;

/** Counts entry, live page and what both import at once; a build that is too large fails. */
function firstLoadBudget(): Plugin {
  return {
    name: 'first-load-budget',
    apply: 'build',
    writeBundle(_options, bundle) {
      const files = new Set<string>(['index.html']);
      const add = (name: string) => {
        const chunk = bundle[name];
        if (chunk?.type !== 'chunk' || files.has(name)) return;
        files.add(name);
        for (const css of chunk.viteMetadata?.importedCss ?? []) files.add(css);
        for (const imported of chunk.imports) add(imported);
      };
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        const module = chunk.facadeModuleId ?? '';
        if (chunk.isEntry || /\/(live|login)\/page\.tsx$/.test(module)) add(chunk.fileName);
        if (/\/i18n\/en\/(live|login)\.ts$/.test(module)) add(chunk.fileName);
      }
      let bytes = 0;
      for (const file of files) bytes += gzipSync(readFileSync(path.join(out, file))).byteLength;
      const size = `${(bytes / 1024).toFixed(1)} KiB`;
      this.info(`first load: ${size} gzip in ${files.size} files`);
      if (bytes > FIRST_LOAD_LIMIT) this.error(`the first load is too large: ${size}`);
    },
  };
}

const server = process.env.FLUXVISION_NVR ?? 'https://localhost:8443';

export default defineConfig({
  root,
  base: '/',
  plugins: [firstLoadBudget()],
  build: {
    outDir: out,
    emptyOutDir: true,
    target: ['chrome111', 'firefox115', 'safari16.4'],
    // The content security policy has no `data:` for scripts, workers and styles.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      onLog(level, log, report) {
        // Libraries say that their components run in the browser; all of this does. And on a busy machine
        // every plugin takes its time.
        const isIdle = ['MODULE_LEVEL_DIRECTIVE', 'PLUGIN_TIMINGS'].includes(log.code ?? '');
        if (!isIdle) report(level, log);
      },
    },
  },
  worker: { format: 'es' },
  server: {
    port: 5173,
    proxy: {
      '/api': { target: server, secure: false },
      '/ws': { target: server.replace(/^http/, 'ws'), secure: false, ws: true },
    },
  },
});
