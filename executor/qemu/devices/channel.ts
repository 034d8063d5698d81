import type { Board } from '../board.ts';
import { device } from '../options.ts';
import { channelSocket } from '../sockets.ts';
import { socketChardev } from './character.ts';
import { servingController } from './controller.ts';

/** What qemu-guest-agent looks for in the guest. */
const AGENT_PORT = 'org.qemu.guest_agent.0';

export const channelArguments = (board: Board): string[] =>
  board.spec.channels.flatMap((channel, index) => [
    ...socketChardev(`channel${index}`, channelSocket(board.input.runDir, index)),
    ...device({
      driver: 'virtserialport',
      id: `channel-${channel.name}`,
      bus: `${servingController(board, 'virtio-serial')}.0`,
      chardev: `channel${index}`,
      name: channel.port?.name ?? AGENT_PORT,
    }),
  ]);
