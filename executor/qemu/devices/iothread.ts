import type { Board } from '../board.ts';
import { iothreadObject } from '../identifiers.ts';
import { object } from '../options.ts';

export const iothreadArguments = ({ spec }: Board): string[] =>
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
