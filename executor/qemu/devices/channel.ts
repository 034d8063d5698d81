import type { Board } from '../board.ts';
import { device, option } from '../options.ts';
import { channelSocket } from '../sockets.ts';
import { chardevArguments, socketChardev } from './character.ts';
import { servingController } from './controller.ts';
import { serialPorts } from './virtio-serial.ts';

type Channel = Board['spec']['channels'][number];

/** What qemu-guest-agent looks for in the guest. */
const AGENT_PORT = 'org.qemu.guest_agent.0';

const chardev = ({ input }: Board, { backend, log }: Channel, index: number): string[] =>
  backend
    ? chardevArguments(`channel${index}`, { backend, log })
    : socketChardev(`channel${index}`, channelSocket(input.runDir, index));

/** A network of its own, in which there is nothing but the address that leads to the character device. */
const forward = ({ address, port }: NonNullable<Channel['guestForward']>, index: number): string[] => [
  '-netdev',
  option('user', { guestfwd: `tcp:${address}:${port}-chardev:channel${index}`, id: `forward${index}` }),
];

export function channelArguments(board: Board): string[] {
  const ports = serialPorts(board);
  return board.spec.channels.flatMap((channel, index) => [
    ...chardev(board, channel, index),
    ...(channel.guestForward
      ? forward(channel.guestForward, index)
      : device({
          driver: 'virtserialport',
          id: `channel-${channel.name}`,
          bus: `${servingController(board, 'virtio-serial', ports.get(channel)?.controller)}.0`,
          nr: ports.get(channel)?.port,
          chardev: `channel${index}`,
          name: channel.agent ? AGENT_PORT : channel.port?.name,
        })),
  ]);
}
