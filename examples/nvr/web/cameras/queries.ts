// What the pages of cameras ask a server for beyond the list.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { CameraConfig, StorageView } from '../../protocol/index.js';
import { path, useServer } from '../api/index.js';

export function useCameraConfig(id: string) {
  const server = useServer();
  return useQuery({
    queryKey: [server.id, 'cameras', id, 'config'],
    queryFn: ({ signal }) =>
      server.api.get<CameraConfig>(path`/api/cameras/${id}/config`, { signal }),
    // What is being edited does not change under the hands.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

export function useStorage() {
  const server = useServer();
  return useQuery({
    queryKey: [server.id, 'storage'],
    queryFn: ({ signal }) => server.api.get<StorageView>('/api/system/storage', { signal }),
    refetchInterval: 60_000,
  });
}

/**
 * A picture of the camera as it is now, or the last that was recorded; `url` is for `<img>` while the
 * component is mounted.
 */
export function useSnapshot(id: string) {
  const server = useServer();
  const query = useQuery({
    queryKey: [server.id, 'snapshot', id],
    queryFn: ({ signal }) => server.api.picture(path`/api/cameras/${id}/snapshot`, { signal }),
    staleTime: 0,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
  return { ...query, url: useObjectUrl(query.data?.blob) };
}

/** An address for a blob, as long as it is shown. */
export function useObjectUrl(blob: Blob | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!blob) {
      setUrl(undefined);
      return;
    }
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url;
}
