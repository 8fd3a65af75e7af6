// Marks a moment of a camera with a note.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CameraView, NewEvent, NvrEvent } from '../../protocol/index.js';
import { cameraWords, useServer } from '../api/index.js';
import { Button, Dialog, Notice, SelectField, TextArea, toast } from '../design/index.js';
import { Form } from '../forms/form.js';
import { wordsOfError } from '../i18n/words.js';
import { MomentField } from '../timeline/index.js';
import styles from './events.module.css';

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  cameras: readonly CameraView[];
  zone: string;
  /** UTC milliseconds; without it, now. */
  at?: number;
}

export function BookmarkDialog(props: Props) {
  const { t } = useTranslation('events');
  return (
    <Dialog open={props.open} onOpenChange={props.onOpenChange} title={t('newBookmark')}>
      {props.open && <BookmarkForm {...props} />}
    </Dialog>
  );
}

function BookmarkForm({ cameras, zone, at, onOpenChange }: Props) {
  const { t } = useTranslation('events');
  const server = useServer();
  const client = useQueryClient();
  const [camera, setCamera] = useState(cameras[0]?.id ?? '');
  const [start, setStart] = useState(() => Math.round(at ?? Date.now()));
  const [note, setNote] = useState('');
  const create = useMutation({
    mutationFn: (event: NewEvent) => server.api.post<NvrEvent>('/api/events', event),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: [server.id, 'events'] });
      void client.invalidateQueries({ queryKey: [server.id, 'timeline'] });
      toast({ title: t('bookmarked'), tone: 'good' });
      onOpenChange(false);
    },
  });
  const failure = create.error && wordsOfError(create.error);
  return (
    <Form
      className={styles.form}
      onSubmit={() => {
        const text = note.trim();
        create.mutate({ cameraId: camera, event: 'bookmark', start, ...(text && { note: text }) });
      }}
    >
      <SelectField
        label={t('camera')}
        value={camera}
        onChange={setCamera}
        options={cameras.map((camera) => ({ value: camera.id, label: cameraWords(camera) }))}
      />
      <MomentField
        label={t('when')}
        zone={zone}
        value={start}
        onChange={setStart}
        onTyping={(value) => value !== undefined && setStart(value)}
      />
      <TextArea
        label={t('note')}
        value={note}
        maxLength={1000}
        onChange={(event) => setNote(event.target.value)}
      />
      {failure && (
        <Notice tone="bad" title={failure.title}>
          {failure.advice}
        </Notice>
      )}
      <Button type="submit" kind="primary" icon="bookmark" busy={create.isPending}>
        {t('mark')}
      </Button>
    </Form>
  );
}
