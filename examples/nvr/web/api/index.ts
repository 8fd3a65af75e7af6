// What pages need of a server.
export { ApiClient, path, type Query } from './client.js';
export { ApiProblem } from './problem.js';
export * from './queries.js';
export { ServerConnection, type ServerOptions, type ServerStatus } from './server-connection.js';
export * from './servers.js';
export { type MessageOf, ReconnectingSocket, type SocketState } from './socket.js';
