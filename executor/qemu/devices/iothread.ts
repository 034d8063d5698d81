import type { Board } from '../board.ts';
import { iothreadObject } from '../identifiers.ts';
import { object } from '../options.ts';

export const iothreadArguments = ({ spec }: Board): string[] => [...mainLoop(spec.tuning), ...threads(spec)];

const mainLoop = ({ emulatorPoolMin, emulatorPoolMax }: NonNullable<Board['spec']['tuning']> = {}): string[] =>
  emulatorPoolMin === undefined && emulatorPoolMax === undefined
    ? []
    : object({
        'qom-type': 'main-loop',
        id: 'main-loop',
        ...(emulatorPoolMin !== undefined && { 'thread-pool-min': emulatorPoolMin }),
        ...(emulatorPoolMax !== undefined && { 'thread-pool-max': emulatorPoolMax }),
      });

const threads = (spec: Board['spec']): string[] =>
  spec.iothreads.flatMap(({ name, poolMin, poolMax, poll }) =>
    object({
      'qom-type': 'iothread',
      id: iothreadObject(name),
      ...(poolMin !== undefined && { 'thread-pool-min': poolMin }),
      ...(poolMax !== undefined && { 'thread-pool-max': poolMax }),
      ...(poll?.maxNanoseconds !== undefined && { 'poll-max-ns': poll.maxNanoseconds }),
      ...(poll?.grow !== undefined && { 'poll-grow': poll.grow }),
      ...(poll?.shrink !== undefined && { 'poll-shrink': poll.shrink }),
    }),
  );
