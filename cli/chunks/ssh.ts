export { Client, utils } from 'ssh2';
