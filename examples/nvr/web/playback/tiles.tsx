// The tiles of a playback, in as many columns as make them largest.
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from 'react';
import type { CameraView, TimelineRow } from '../../protocol/index.js';
import { cameraWords } from '../api/index.js';
import type { formatsOf } from '../timeline/index.js';
import { useClockOffsets } from './clock-offsets.js';
import type { Conductor } from './conductor.js';
import { ownMarks } from './marks.js';
import styles from './playback.module.css';
import type { PlaybackSnapshot } from './snapshot.js';
import { columnsFor } from './speeds.js';
import { TileView } from './tile-view.js';

interface Props {
  ref: Ref<HTMLDivElement>;
  conductor: Conductor;
  cameras: readonly CameraView[];
  snapshot: PlaybackSnapshot;
  rows: readonly TimelineRow[];
  formats: ReturnType<typeof formatsOf>;
  onJump: (time: number) => void;
  onSnapshot: (camera: CameraView) => void;
}

export function Tiles({ ref, conductor, cameras, snapshot, rows, formats, ...on }: Props) {
  const area = useRef<HTMLDivElement>(null);
  useImperativeHandle(ref, () => area.current as HTMLDivElement);
  const [size, setSize] = useState({ width: 16, height: 9 });
  useEffect(() => {
    if (!area.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(area.current);
    return () => observer.disconnect();
  }, []);
  const offsets = useClockOffsets();
  const columns = columnsFor(cameras.length, size.width, size.height);
  return (
    <div
      ref={area}
      className={styles.tiles}
      style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
    >
      {cameras.map((camera) => {
        const tile = conductor.tiles.get(camera.id);
        return (
          tile && (
            <TileView
              key={camera.id}
              name={cameraWords(camera)}
              tile={tile}
              marks={ownMarks(snapshot.servers, camera.node?.id ?? '')}
              clockOffsetMs={offsets.get(camera.node?.id ?? '')}
              status={snapshot.tiles.get(camera.id) ?? {}}
              phase={snapshot.phase}
              row={rows.find(({ cameraId }) => cameraId === camera.id)}
              position={() => conductor.position()}
              formats={formats}
              onJump={on.onJump}
              onSnapshot={() => on.onSnapshot(camera)}
            />
          )
        );
      })}
    </div>
  );
}
