import { GUEST_ADDRESS } from '../user.ts';
import { GATEWAY } from './arguments.ts';

const BROADCAST = 'ff:ff:ff:ff:ff:ff';
/** EtherType of ARP; hardware Ethernet, protocol IPv4, lengths of their addresses, operation 1. Source: RFC 826 */
const ARP = Buffer.from('0806', 'hex');
const REQUEST = Buffer.from('0001080006040001', 'hex');
const UNKNOWN = Buffer.alloc(6);
/** Shorter ones are no Ethernet frames. */
const FRAME_BYTES = 60;

const hardware = (mac: string): Buffer => Buffer.from(mac.replaceAll(':', ''), 'hex');
const protocol = (address: string): Buffer => Buffer.from(address.split('.').map(Number));

/**
 * The router asks who has the guest's address. A passt that comes in the place of another knows its guest by what that sends, and can
 * bring nothing in until then: the answer to this is the first that it hears. In the framing of qemu's streams, the length before.
 */
export function greeting(mac: string): Buffer {
  const question = [REQUEST, hardware(mac), protocol(GATEWAY), UNKNOWN, protocol(GUEST_ADDRESS)];
  const frame = Buffer.alloc(FRAME_BYTES);
  Buffer.concat([hardware(BROADCAST), hardware(mac), ARP, ...question]).copy(frame);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}
