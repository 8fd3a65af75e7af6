// A list of the server as a table: while it is on its way, where it cannot be had, and where it is empty.
import type { UseQueryResult } from '@tanstack/react-query';
import { Table, type TableProps } from '../design/index.js';
import { Answer } from './answer.js';

interface Props<T> extends Omit<TableProps<T>, 'rows'> {
  query: UseQueryResult<readonly T[]>;
}

export function AnswerTable<T>({ query, ...table }: Props<T>) {
  return <Answer query={query}>{(rows) => <Table {...table} rows={rows} />}</Answer>;
}
