export { createWebSocketStream, WebSocket, WebSocketServer } from 'ws';
