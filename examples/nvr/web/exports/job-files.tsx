// The files of an export that is done: each with its size and checksum, or all of them at once.
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ExportJob } from '../../protocol/index.js';
import { path, useServer } from '../api/index.js';
import { Button } from '../design/index.js';
import { idThere } from '../federation/ids.js';
import { formatBytes } from '../format/quantities.js';
import { toastFailure } from '../forms/action.js';
import styles from './exports.module.css';

/** More, as sealed exports have, are shown when they are asked for. */
const SHOWN = 6;

export function JobFiles({ job, nameOf }: { job: ExportJob; nameOf: (id: string) => string }) {
  const { t } = useTranslation('exports');
  const list = (
    <ul className={styles.files}>
      {job.files.map((file) => (
        <FileRow key={file.name} {...{ job, file, nameOf }} />
      ))}
    </ul>
  );
  return (
    <>
      {job.files.length > SHOWN ? (
        <details>
          <summary>{t('files', { count: job.files.length })}</summary>
          {list}
        </details>
      ) : (
        list
      )}
      <div>
        <Download
          at={path`/api/exports/${job.id}/archive`}
          name={`${job.id}.tar`}
          words={t('all')}
        />
      </div>
    </>
  );
}

function FileRow(props: {
  job: ExportJob;
  file: ExportJob['files'][number];
  nameOf: (id: string) => string;
}) {
  const { job, file, nameOf } = props;
  const { t, i18n } = useTranslation('exports');
  const what = { 'manifest.json': 'manifest', 'manifest.sig': 'signature', 'keys.json': 'keys' };
  const key = what[file.name as keyof typeof what];
  const camera = job.cameras.find((id) => file.name === `${idThere(id)}.${job.format}`);
  return (
    <li>
      <Download at={path`/api/exports/${job.id}/files/${file.name}`} name={file.name} />
      {camera !== undefined && nameOf(camera) !== camera && <span>{nameOf(camera)}</span>}
      <span className={styles.soft}>{formatBytes(file.bytes, i18n.language)}</span>
      {key && <span className={styles.soft}>{t(key as 'manifest' | 'signature' | 'keys')}</span>}
      {file.sha256 && (
        <code className={styles.hash} title="SHA-256">
          {file.sha256}
        </code>
      )}
    </li>
  );
}

/**
 * The browser's own download, which needs the page's cookie: it can be paused, and goes on. Of other servers
 * the page fetches it.
 */
function Download({ at, name, words = name }: { at: string; name: string; words?: string }) {
  const server = useServer();
  const { t } = useTranslation('exports');
  const save = useMutation({
    mutationFn: async () => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await server.api.blob(at));
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    },
    onError: toastFailure,
  });
  if (server.origin === '') {
    return (
      <a href={server.api.url(at)} download={name}>
        {words}
      </a>
    );
  }
  return (
    <Button
      kind="quiet"
      icon="exports"
      busy={save.isPending}
      onClick={() => save.mutate()}
      aria-label={words === name ? t('download', { name }) : undefined}
    >
      {words}
    </Button>
  );
}
