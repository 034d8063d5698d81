import { createHash } from 'node:crypto';
import type { Board } from '../board.ts';
import { device } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { generation, virtioProperties } from './disk/details.ts';

/** Identifiers below are the host's own and the hypervisor's. */
const FIRST_CID = 3;
const CIDS = 0xffff_fffe - FIRST_CID;

/** Always the same one for a machine; two machines that chose one are told apart by qemu's refusal. */
const chosenCid = (uuid: string): number =>
  FIRST_CID + (createHash('sha256').update(uuid.toLowerCase()).digest().readUInt32BE(0) % CIDS);

export function vsockArguments(board: Board): string[] {
  const { vsock } = board.spec;
  if (!vsock) return [];
  if (!board.input.host.vhostVsock) {
    throw new Refusal('VsockUnavailable', 'spec.vsock', 'this node has no /dev/vhost-vsock; load vhost_vsock on it');
  }
  const cid = vsock.cid ?? chosenCid(board.input.uuid);
  const driver = `vhost-vsock-pci${generation(vsock.model)}`;
  return device({
    driver,
    ...virtioProperties(vsock.virtio),
    id: 'vsock',
    'guest-cid': cid,
    ...board.pci('vsock', 'board'),
  });
}
