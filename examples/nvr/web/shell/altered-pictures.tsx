// Tells that sealed pictures of the server that is shown did not open.
import { useEffect, useRef } from 'react';
import { useServer, useServerSnapshot } from '../api/index.js';
import { toast } from '../design/index.js';
import { wordsOf } from '../i18n/words.js';

export function AlteredPictures() {
  const server = useServer();
  const { alteredPictures } = useServerSnapshot(server);
  const told = useRef({ server, count: alteredPictures });
  useEffect(() => {
    const isNews = told.current.server === server && alteredPictures > told.current.count;
    told.current = { server, count: alteredPictures };
    if (!isNews) return;
    const { title, advice } = wordsOf('ERR_SEALED_PICTURE');
    toast({ title, detail: advice, tone: 'bad' });
  }, [server, alteredPictures]);
  return null;
}
