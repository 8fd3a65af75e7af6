// Which grid: equal tiles, one with large tiles, one's own, or one that was saved.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GridLayout } from '../../protocol/cameras.js';
import { path, useLayouts, useServer } from '../api/index.js';
import { useAccess } from '../app/session.js';
import {
  Button,
  CheckField,
  Dialog,
  Icon,
  IconButton,
  Popover,
  TextField,
  toast,
} from '../design/index.js';
import { wordsOfError } from '../i18n/words.js';
import { type Grid, MOST_SIDE, PRESETS, uniform } from './layout.js';
import styles from './live.module.css';
import type { GridState } from './use-grid.js';

const SIDES = [1, 2, 3, 4, 5, 6, 7, 8];

export function LayoutMenu({ state }: { state: GridState }) {
  const { t } = useTranslation('live');
  const [open, setOpen] = useState(false);
  const [saving, setSaving] = useState(false);
  const { data: layouts = [] } = useLayouts();
  const { columns, rows } = state.grid;
  const choose = (shape: Grid) => {
    state.reshape(shape);
    setOpen(false);
  };
  return (
    <>
      <Popover
        label={t('layout.title')}
        open={open}
        onOpenChange={setOpen}
        trigger={
          <Button kind="quiet" icon="grid">
            {nameOf(state, layouts) ?? shapeName(state.grid)}
          </Button>
        }
      >
        <div className={styles.layouts}>
          <Button
            onClick={() => {
              state.automatic();
              setOpen(false);
            }}
          >
            {t('layout.automatic')}
          </Button>
          <h3>{t('layout.shapes')}</h3>
          <div className={styles.sizes}>
            {SIDES.map((side) => (
              <Shape
                key={side}
                grid={uniform(side)}
                name={`${side}×${side}`}
                {...{ choose, state }}
              />
            ))}
            {Object.entries(PRESETS).map(([name, grid]) => (
              <Shape key={name} grid={grid} name={name} {...{ choose, state }} />
            ))}
          </div>
          <h3>{t('layout.custom')}</h3>
          <div className={styles.custom}>
            <SideSelect
              label={t('layout.columns')}
              value={columns}
              onChange={(next) => state.reshape(uniform(next, rows))}
            />
            ×
            <SideSelect
              label={t('layout.rows')}
              value={rows}
              onChange={(next) => state.reshape(uniform(columns, next))}
            />
          </div>
          <h3>{t('layout.saved')}</h3>
          {layouts.length === 0 && <p>{t('layout.none')}</p>}
          <Saved layouts={layouts} state={state} onOpened={() => setOpen(false)} />
          <Button
            icon="save"
            onClick={() => {
              setOpen(false);
              setSaving(true);
            }}
          >
            {t('layout.save')}
          </Button>
        </div>
      </Popover>
      {saving && <SaveDialog state={state} layouts={layouts} onClose={() => setSaving(false)} />}
    </>
  );
}

/** Of the saved layout that is shown. */
export function nameOf(state: GridState, layouts: readonly GridLayout[]): string | undefined {
  return layouts.find((layout) => layout.id === state.layoutId)?.name;
}

function shapeName(grid: Grid): string {
  const preset = Object.entries(PRESETS).find(([, shape]) => sameShape(shape, grid));
  return preset?.[0] ?? `${grid.columns}×${grid.rows}`;
}

function sameShape(a: Grid, b: Grid): boolean {
  const bare = (grid: Grid) => grid.tiles.map(({ cameraId: _, ...tile }) => tile);
  return JSON.stringify(bare(a)) === JSON.stringify(bare(b));
}

function Shape(props: {
  grid: Grid;
  name: string;
  state: GridState;
  choose: (grid: Grid) => void;
}) {
  const { grid, name, state, choose } = props;
  const same = sameShape(grid, state.grid);
  const cell = 24 / grid.columns;
  return (
    <button type="button" className={styles.size} aria-pressed={same} onClick={() => choose(grid)}>
      <svg width="26" height="26" viewBox="-1 -1 26 26" aria-hidden="true" fill="none">
        {grid.tiles.map((tile) => (
          <rect
            key={`${tile.x} ${tile.y}`}
            x={tile.x * cell}
            y={tile.y * cell}
            width={tile.width * cell}
            height={tile.height * cell}
            stroke="currentColor"
            strokeWidth={grid.columns > 5 ? 0.6 : 1}
          />
        ))}
      </svg>
      {name}
    </button>
  );
}

function SideSelect(props: { label: string; value: number; onChange: (value: number) => void }) {
  return (
    <select
      aria-label={props.label}
      value={props.value}
      onChange={(event) => props.onChange(Number(event.target.value))}
    >
      {Array.from({ length: MOST_SIDE }, (_, i) => i + 1).map((side) => (
        <option key={side}>{side}</option>
      ))}
    </select>
  );
}

function Saved(props: { layouts: readonly GridLayout[]; state: GridState; onOpened: () => void }) {
  const { t } = useTranslation(['live', 'common']);
  const { admin } = useAccess();
  const server = useServer();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: (id: string) => server.api.delete(path`/api/layouts/${id}`),
    onSettled: () => queries.invalidateQueries({ queryKey: [server.id, 'layouts'] }),
    onError: complain,
  });
  return (
    <div className={styles.saved}>
      {props.layouts.map((layout) => (
        <div key={layout.id} className={styles.savedRow}>
          <Button
            kind="quiet"
            aria-pressed={layout.id === props.state.layoutId}
            onClick={() => {
              props.state.open(layout);
              props.onOpened();
            }}
          >
            {layout.shared && <Icon name="users" size={14} aria-label={t('layout.shared')} />}
            {layout.name}
          </Button>
          {(admin || !layout.shared) && (
            <IconButton
              icon="trash"
              label={t('layout.remove', { name: layout.name })}
              onClick={() => remove.mutate(layout.id)}
            />
          )}
        </div>
      ))}
    </div>
  );
}

function SaveDialog(props: {
  state: GridState;
  layouts: readonly GridLayout[];
  onClose: () => void;
}) {
  const { t } = useTranslation(['live', 'common']);
  const { admin } = useAccess();
  const server = useServer();
  const queries = useQueryClient();
  const present = props.layouts.find((layout) => layout.id === props.state.layoutId);
  const [name, setName] = useState(present?.name ?? '');
  const [shared, setShared] = useState(present?.shared ?? false);
  const save = useMutation({
    mutationFn: async () => {
      const same = props.layouts.find((layout) => layout.name === name.trim());
      const mine = same && (admin || !same.shared) ? same.id : newId();
      const layout: GridLayout = { ...props.state.grid, id: mine, name: name.trim(), shared };
      await server.api.put(path`/api/layouts/${mine}`, layout);
      return mine;
    },
    onSuccess: (id) => {
      props.state.saved(id);
      props.onClose();
      toast({ title: t('layout.savedAs', { name: name.trim() }) });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: [server.id, 'layouts'] }),
    onError: complain,
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && props.onClose()}
      title={t('layout.save')}
      actions={
        <>
          <Button onClick={props.onClose}>{t('common:cancel')}</Button>
          <Button
            kind="primary"
            busy={save.isPending}
            disabled={name.trim() === ''}
            onClick={() => save.mutate()}
          >
            {t('common:save')}
          </Button>
        </>
      }
    >
      <TextField
        label={t('layout.name')}
        hint={t('layout.nameHint')}
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      {admin && <CheckField label={t('layout.share')} checked={shared} onChange={setShared} />}
    </Dialog>
  );
}

function complain(error: unknown): void {
  const words = wordsOfError(error);
  toast({ tone: 'bad', title: words.title, detail: words.advice });
}

/** `crypto.randomUUID` is there in secure contexts alone. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
