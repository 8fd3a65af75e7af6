// Users as the server has them.
import { useQuery } from '@tanstack/react-query';
import type { User } from '../../protocol/index.js';
import { itemsOf, useServer } from '../api/index.js';

export function useUsers() {
  const server = useServer();
  return useQuery({
    queryKey: [server.id, 'users'],
    queryFn: async ({ signal }) =>
      itemsOf(await server.api.get<User[] | { items: User[] }>('/api/users', { signal })),
  });
}
